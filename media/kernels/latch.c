/* The RTP source rule.
 *
 *            exact SDP source                          anything else
 *   open ------------------------> locked(exact)      foreign, never heard
 *     \-- nat: 4 consecutive packets of one SSRC
 *         from the signalling address --------> locked(learnt address + SSRC)
 *
 * A lock lasts until latch_set (a new offer/answer). A packet from exactly the SDP address wins at once and for good;
 * a learnt source is locked together with its SSRC, until that is silent and four packets of another one come. Under "strict"
 * nothing is ever learnt. With ICE sources come from checks alone: media goes to the path that was chosen (latch_path), and comes
 * from any way that worked (RFC 8445 12.2); it moves the path there, for a far end knows best which of its ways it uses.
 */
#include "latch.h"

void latch_set(latch *l, const net_address *address, uint16_t port, const net_address *signalling, int nat) {
    memset(l, 0, sizeof *l);
    l->address = *address;
    l->port = port;
    l->signalling = *signalling;
    l->nat = nat != 0;
    l->known = 1;
}

void latch_path(latch *l, const net_address *address, uint16_t port) {
    latch_way ways[LATCH_WAYS_MAX] = {0};
    uint8_t next_way = l->next_way;
    if (port != 0) memcpy(ways, l->ways, sizeof ways);
    latch_set(l, address, port, address, 0);
    memcpy(l->ways, ways, sizeof ways);
    l->next_way = next_way;
    l->known = l->locked = l->exact = port != 0;
    l->locked_address = *address;
    l->locked_port = port;
}

static int is_way(const latch *l, const net_address *address, uint16_t port) {
    for (int i = 0; i < LATCH_WAYS_MAX; i++)
        if (l->ways[i].port == port && port != 0 && address_same(&l->ways[i].address, address)) return 1;
    return 0;
}

void latch_add_way(latch *l, const net_address *address, uint16_t port) {
    if (port == 0 || is_way(l, address, port)) return;
    l->ways[l->next_way] = (latch_way){*address, port};
    l->next_way = (uint8_t)((l->next_way + 1) % LATCH_WAYS_MAX);
}

static enum verdict lock(latch *l, const net_address *address, uint16_t port, uint32_t ssrc, int exact) {
    l->locked = 1;
    l->exact = (uint8_t)exact;
    l->locked_address = *address;
    l->locked_port = port;
    l->locked_ssrc = ssrc;
    l->try_count = 0;
    return LATCHED;
}

static int is_learnt(latch *l, const net_address *address, uint16_t port, uint32_t ssrc, uint16_t sequence) {
    int follows = l->try_count > 0 && address_same(&l->try_address, address) && l->try_port == port && l->try_ssrc == ssrc &&
                  (uint16_t)(l->try_sequence + 1) == sequence;
    l->try_count = follows ? (uint8_t)(l->try_count + 1) : 1;
    l->try_address = *address;
    l->try_port = port;
    l->try_ssrc = ssrc;
    l->try_sequence = sequence;
    return l->try_count >= LATCH_CONSECUTIVE;
}

static enum verdict judge_ssrc(latch *l, const net_address *address, uint16_t port, uint32_t ssrc, uint16_t sequence) {
    if (ssrc != l->locked_ssrc && !is_learnt(l, address, port, ssrc, sequence)) return PROBATION;
    l->locked_ssrc = ssrc;
    l->try_count = 0;
    return ACCEPTED;
}

int latch_may_hear(const latch *l, const net_address *address, uint16_t port) {
    if (!l->known) return 0;
    if (l->locked) return latch_knows(l, address, port);
    return (port == l->port && address_same(address, &l->address)) || (l->nat && address_same(address, &l->signalling));
}

enum verdict latch_packet(latch *l, const net_address *address, uint16_t port, uint32_t ssrc, uint16_t sequence) {
    if (!l->known) return FOREIGN;
    if (l->locked) {
        if (!address_same(address, &l->locked_address) || port != l->locked_port)
            return is_way(l, address, port) ? lock(l, address, port, ssrc, 1) : FOREIGN;
        return l->exact ? ACCEPTED : judge_ssrc(l, address, port, ssrc, sequence);
    }
    if (address_same(address, &l->address) && port == l->port) return lock(l, address, port, ssrc, 1);
    if (!l->nat || !address_same(address, &l->signalling)) return FOREIGN;
    return is_learnt(l, address, port, ssrc, sequence) ? lock(l, address, port, ssrc, 0) : PROBATION;
}

int latch_knows(const latch *l, const net_address *address, uint16_t port) {
    if (l->locked) return (port == l->locked_port && address_same(address, &l->locked_address)) || is_way(l, address, port);
    return l->known && port == l->port && address_same(address, &l->address);
}
