/* The RTP source rule.
 *
 *            exact SDP source                          anything else
 *   open ------------------------> locked(exact)      foreign, never heard
 *     \-- nat: 4 consecutive packets of one SSRC
 *         from the signalling address --------> locked(learnt address + SSRC)
 *
 * A lock lasts until latch_set (a new offer/answer). A packet from exactly the SDP address wins at once and for good;
 * a learnt source is locked together with its SSRC. Under "strict" nothing is ever learnt.
 */
#include "latch.h"

#include <string.h>

void latch_set(latch *l, uint32_t address, uint16_t port, uint32_t signalling, int nat) {
    memset(l, 0, sizeof *l);
    l->address = address;
    l->port = port;
    l->signalling = signalling;
    l->nat = nat != 0;
    l->known = 1;
}

static enum verdict lock(latch *l, uint32_t address, uint16_t port, uint32_t ssrc, int exact) {
    l->locked = 1;
    l->exact = (uint8_t)exact;
    l->locked_address = address;
    l->locked_port = port;
    l->locked_ssrc = ssrc;
    return LATCHED;
}

static enum verdict learn(latch *l, uint32_t address, uint16_t port, uint32_t ssrc, uint16_t sequence) {
    int follows = l->try_count > 0 && l->try_address == address && l->try_port == port && l->try_ssrc == ssrc &&
                  (uint16_t)(l->try_sequence + 1) == sequence;
    l->try_count = follows ? (uint8_t)(l->try_count + 1) : 1;
    l->try_address = address;
    l->try_port = port;
    l->try_ssrc = ssrc;
    l->try_sequence = sequence;
    return l->try_count >= LATCH_CONSECUTIVE ? lock(l, address, port, ssrc, 0) : PROBATION;
}

enum verdict latch_packet(latch *l, uint32_t address, uint16_t port, uint32_t ssrc, uint16_t sequence) {
    if (!l->known) return FOREIGN;
    if (l->locked) {
        if (address != l->locked_address || port != l->locked_port) return FOREIGN;
        return l->exact || ssrc == l->locked_ssrc ? ACCEPTED : FOREIGN;
    }
    if (address == l->address && port == l->port) return lock(l, address, port, ssrc, 1);
    if (l->nat && address == l->signalling) return learn(l, address, port, ssrc, sequence);
    return FOREIGN;
}
