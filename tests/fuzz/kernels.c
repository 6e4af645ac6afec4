/* Fuzzing of the packet loop under sanitizers: commands and datagrams from a seed, time by hand. Arguments: seed, rounds.
 *
 * A command is now and then one of random bytes; a datagram is RTP in what the leg was told its far end speaks, RTCP, a key press, or
 * any of them with bytes changed, cut or with lengths that lie; where the leg has keys, it is sealed with them most of the time.
 * What is wrong ends the program: the sanitizer's word, a figure that cannot be, or tables that do not agree.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "comfort.h"
#include "crypto.h"
#include "loop.h"
#include "save.h"

enum { LEGS = 8, PHONES = 4, ROOMS = 3, ARENA = 65536, MASTER = 46 };

static uint64_t state;
static loop l;
static int sockets[LEGS], phones[PHONES];
static struct sockaddr_storage leg_at[LEGS], phone_at[PHONES];
static uint16_t generations[LEGS];
static uint8_t types[LEGS], codings[LEGS], far_ends[LEGS];
static srtp_context *sealers[LEGS]; /* of the far end */
static uint8_t arena[ARENA];

static uint32_t any(void) { /* xorshift64* */
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return (uint32_t)((state * 2685821657736338717ull) >> 32);
}

static uint32_t below(uint32_t n) { return any() % n; }

static int bound(int family, struct sockaddr_storage *at) {
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    net_address loopback = family == AF_INET ? address_of_v4(0x7f000001) : (net_address){{[15] = 1}};
    socklen_t size = address_write((sa_family_t)family, &loopback, 0, at);
    if (fd < 0 || bind(fd, (struct sockaddr *)at, size) < 0) return -1;
    size = sizeof *at;
    getsockname(fd, (struct sockaddr *)at, &size);
    return fd;
}

static socklen_t size_of(const struct sockaddr_storage *at) {
    return at->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static void post(command *c) {
    if (command_prepare(&l, c) && !ring_push(&l.commands, c)) command_forget(c);
}

static void post_open(uint16_t leg) {
    command c = {.op = OP_OPEN, .leg = leg, .generation = ++generations[leg]};
    c.u.open.fd = below(6) ? sockets[leg] : -1, c.u.open.ssrc = any(), c.u.open.timestamp = any(), c.u.open.sequence = (uint16_t)any();
    post(&c);
}

/* Keys for both directions, now and then those of before. */
static void post_keys(uint16_t leg) {
    static uint8_t masters[LEGS][MASTER], suites[LEGS];
    if (suites[leg] == 0 || below(4)) {
        suites[leg] = (uint8_t)(SRTP_AES_128_SHA1_80 + below(SRTP_AES_256_GCM));
        for (int i = 0; i < MASTER; i++) masters[leg][i] = (uint8_t)any();
        srtp_free(sealers[leg]);
        sealers[leg] = srtp_new(suites[leg], SRTP_SEND, masters[leg], 0);
    }
    for (uint8_t way = SRTP_SEND; way <= SRTP_RECEIVE; way++) {
        command c = {.op = OP_SRTP, .flag = way, .leg = leg, .generation = generations[leg], .count = suites[leg]};
        memcpy(c.u.srtp.master, masters[leg], MASTER);
        post(&c);
    }
}

static int is_of_family(uint32_t phone, uint32_t leg) { return phone_at[phone].ss_family == leg_at[leg].ss_family; }

static void fill_remote(command *c) {
    uint32_t phone = far_ends[c->leg];
    uint16_t port;
    if (below(3) == 0 || !is_of_family(phone, c->leg)) phone = below(PHONES);
    far_ends[c->leg] = (uint8_t)phone;
    codings[c->leg] = below(3) ? 0 : (uint8_t)below(CODINGS + 1);
    types[c->leg] = !below(4) ? (uint8_t)any() : codings[c->leg] ? 96 + codings[c->leg] : 0;
    address_read(&phone_at[phone], &c->u.remote.address, &port);
    c->u.remote.port = below(8) ? port : (uint16_t)any();
    c->u.remote.signalling = c->u.remote.address;
    c->u.remote.nat = below(2), c->u.remote.codec = (uint8_t)below(3), c->u.remote.payload_type = types[c->leg];
    c->u.remote.dtmf_payload_type = below(4) ? 101 : (uint8_t)any();
    c->u.remote.ptime_ms = below(4) ? 20 : (uint8_t)any();
    c->u.remote.send = below(8) != 0, c->u.remote.silence = below(2), c->u.remote.rtcp_mux = below(2);
    c->u.remote.coding = codings[c->leg];
    c->u.remote.event_scale = below(4) ? 1 : (uint8_t)any(), c->u.remote.fec = below(2);
}

static void command_of_any_kind(void) {
    command c;
    memset(&c, 0, sizeof c);
    c.leg = (uint16_t)below(LEGS);
    c.op = (uint8_t)(OP_CLOSE + below(OP_PATH + 2 - OP_CLOSE));
    c.flag = (uint8_t)below(3);
    c.count = (uint16_t)below(12);
    for (size_t i = 0; i < sizeof c.u.bytes; i++) c.u.bytes[i] = (uint8_t)any();
    if (c.op == OP_REMOTE && below(8)) fill_remote(&c);
    if (c.op == OP_JOIN && below(8)) c.u.join.room = (uint16_t)below(ROOMS), c.u.join.to = below(4) ? NO_LEG : (uint16_t)below(LEGS);
    if (c.op == OP_SRTP && below(2)) c.count = SRTP_PLAIN;
    if (c.op == OP_SHARE && below(4)) memcpy(c.u.share.ufrag, "ABCDEFGH", 8), memcpy(c.u.share.prefix, "abcdefgh", 8);
    if (c.op == OP_PATH && below(4)) address_read(&phone_at[below(PHONES)], &c.u.path.address, &c.u.path.port);
    if (c.op == OP_BRIDGE && below(8)) c.u.bridge.other = (uint16_t)below(LEGS);
    if (c.op == OP_SEGMENTS && below(4))
        for (int i = 0; i < SEGMENTS_PER_COMMAND; i++)
            c.u.segments[i].offset = below(ARENA), c.u.segments[i].frames = below(4000);
    if (c.op == OP_SEND_DTMF && below(4)) memcpy(c.u.dtmf.digits, "0123456789*#ABCD", 16), c.u.dtmf.tone_ms = 60, c.u.dtmf.gap_ms = 40;
    if (c.op == OP_OPEN || (c.op == OP_CLOSE && below(4))) c.op = OP_STOP;
    if (c.op == OP_SRTP && below(4)) {
        post_keys(c.leg);
        return;
    }
    c.generation = below(16) ? generations[c.leg] : (uint16_t)any();
    if (c.op == OP_CLOSE && c.generation == generations[c.leg]) {
        post(&c);
        post_open(c.leg);
        return;
    }
    post(&c);
}

/* A packet's size by the coding: G.711 and G.722, Opus, L16, L16 at 16 kHz. */
static uint32_t size_in(uint8_t coding) {
    if (below(4) == 0) return below(1600);
    return coding == CODING_OPUS ? 1 + below(120) : coding == CODING_L16 ? 320 : coding == CODING_L16_WIDE ? 640 : 160;
}

static uint32_t rtp_of_any_kind(uint8_t *out, uint32_t leg, uint32_t phone) {
    static uint16_t sequence[PHONES];
    static uint32_t timestamp[PHONES];
    uint32_t size = size_in(codings[leg]);
    int is_key = below(6) == 0;
    sequence[phone] = (uint16_t)(sequence[phone] + (below(12) ? 1 : below(2) ? 0u - below(60) : any()));
    timestamp[phone] += below(12) ? 160 : below(2) ? 0 : any();
    rtp_write(out, below(9) == 0, is_key ? 101 : below(8) ? types[leg] & 0x7f : (int)below(128), sequence[phone], timestamp[phone],
              below(8) ? 7 + phone : below(8) ? 20 + below(6) : any());
    for (uint32_t i = 0; i < size; i++) out[RTP_HEADER + i] = (uint8_t)any();
    if (is_key) out[RTP_HEADER] = (uint8_t)below(18), out[RTP_HEADER + 1] = (uint8_t)(below(2) << 7 | 10), size = 4;
    if (below(8) == 0) out[0] = (uint8_t)(0x80 | below(64));
    if (below(8) == 0) out[1] = (uint8_t)(192 + below(32));
    return RTP_HEADER + size;
}

/* STUN that may be meant for a leg, with attributes whose lengths may lie, or something with DTLS's first octet. */
static uint32_t guest_of_any_kind(uint8_t *out) {
    static const uint16_t kinds[] = {0x0001, 0x0101, 0x0111, 0x0011};
    uint32_t size = 20 + 4 * below(below(8) ? 30 : 400), kind = below(9) ? kinds[below(4)] : any() & 0x3fff, at = 20;
    for (uint32_t i = 0; i < size; i++) out[i] = (uint8_t)any();
    if (below(5) == 0) {
        out[0] = (uint8_t)(20 + below(44));
        return size;
    }
    out[0] = (uint8_t)(kind >> 8), out[1] = (uint8_t)kind, out[2] = (uint8_t)((size - 20) >> 8), out[3] = (uint8_t)(size - 20);
    memcpy(out + 4, "\x21\x12\xa4\x42", 4);
    if (below(4)) memcpy(out + 8, "abcdefgh", 8);
    while (at + 4 <= size && below(8)) {
        uint32_t length = below(9) ? below(40) : any() & 0xffff;
        out[at] = 0, out[at + 1] = (uint8_t)(below(2) ? 6 : below(64)), out[at + 2] = (uint8_t)(length >> 8), out[at + 3] = (uint8_t)length;
        if (at + 13 <= size && below(2)) memcpy(out + at + 4, "ABCDEFGH:", 9);
        at += 4 + ((length + 3) & ~3u);
    }
    return size;
}

static void datagram(void) {
    uint8_t out[2200];
    uint32_t leg = below(LEGS), phone = below(4) ? far_ends[leg] : below(PHONES);
    uint32_t size = below(5) ? rtp_of_any_kind(out, leg, phone) : guest_of_any_kind(out);
    if (!is_of_family(phone, leg)) return;
    if (sealers[leg] != NULL && below(8)) {
        int sealed = srtp_protect(sealers[leg], out, size);
        if (sealed > 0) size = (uint32_t)sealed;
    }
    for (uint32_t n = below(8) ? 0 : below(6); n > 0; n--) out[below(size)] = (uint8_t)any();
    if (below(10) == 0) size = below(size + 1);
    sendto(phones[phone], out, size, 0, (struct sockaddr *)&leg_at[leg], size_of(&leg_at[leg]));
}

/* A disk that takes a part, is interrupted, and where it shall fail does so in the end. */
static uint8_t disk[WAV_HEADER_SIZE + RECORD_RING * 4];
static int disk_error;

ssize_t disk_write(int fd, const void *data, size_t size, off_t at) {
    (void)fd;
    errno = below(4) == 0 ? EINTR : below(3) == 0 ? disk_error : 0;
    if (errno != 0) return -1;
    if (below(2)) size = 1 + below((uint32_t)size);
    memcpy(disk + at, data, size);
    return (ssize_t)size;
}

static void save(uint16_t leg, uint64_t now_ns) {
    static int16_t buffer[2 * RECORD_RING], expected[2 * RECORD_RING];
    recording *r = &l.recordings[leg];
    const int16_t *ring = loop_ring(&l, &l.legs[leg]);
    uint64_t tail = r->tail;
    recording_file f = {.frames_max = below(3) ? 1u << 20 : below(20000), .margin_frames = below(8000), .block_size = 4096u << below(3)};
    for (uint64_t i = 0; i < RECORD_RING; i++)
        for (int side = 0; side < 2; side++) expected[2 * i + side] = ring[side * RECORD_RING + (tail + i) % RECORD_RING];
    disk_error = below(3) ? 0 : below(2) ? ENOSPC : EIO;
    save_recording(&f, r, loop_ring(&l, &l.legs[leg]), buffer, now_ns);
    uint32_t told;
    memcpy(&told, f.header + 40, 4);
    int kept = f.error != 0 || memcmp(disk + WAV_HEADER_SIZE, expected, f.frames * 4) == 0;
    int headed = f.told_frames == 0 || (told == f.told_frames * 4 && memcmp(disk, f.header, WAV_HEADER_SIZE) == 0);
    int moved = f.error != 0 || (r->tail - tail == f.frames && (f.look || f.due_ns > now_ns));
    if ((f.error != 0 && ((int)f.error != disk_error || !f.look)) || !kept || !headed || !moved) {
        fprintf(stderr, "the recording of leg %d was not saved as it was: error %u of %d\n", leg, f.error, disk_error);
        abort();
    }
}

static void read_all(uint64_t now_ns) {
    uint8_t data[4096];
    event events[64];
    for (int i = 0; i < PHONES; i++)
        while (recv(phones[i], data, sizeof data, MSG_DONTWAIT) >= 0) continue;
    while (read(l.aside_fds[1], data, sizeof data) > 0) continue;
    while (ring_pull(&l.events, events, 64) > 0) continue;
    for (uint16_t leg = 0; leg < LEGS; leg++) {
        static int16_t taken[2 * RECORD_RING];
        recording *r = &l.recordings[leg];
        if (r->active && below(3) == 0) record_take(r, loop_ring(&l, &l.legs[leg]), r->tail + below(9000), taken);
        if (r->active && below(8) == 0) save(leg, now_ns);
        if (r->active == 2 && below(4) == 0) record_release(r, loop_ring(&l, &l.legs[leg]));
    }
}

/* Who sits, waits on the wheel, is bridged or wakes nobody is counted alike wherever it is counted. */
static void check_tables(void) {
    uint32_t seats = 0, members = 0, waiting = 0, calm = 0;
    for (int i = 0; i < LEGS; i++) {
        const leg *g = &l.legs[i];
        members += l.rooms[i].count;
        if (!g->open) continue;
        seats += g->seat.room != NO_ROOM, waiting += g->in_wheel, calm += g->fd >= 0 && g->is_calm;
        if (g->peer != NO_LEG && (l.legs[g->peer].peer != i || !l.legs[g->peer].open)) abort();
    }
    if (seats != members || waiting != l.in_wheel || calm != l.calm_legs) {
        fprintf(stderr, "%u seats of %u, %u of %u wait, %u of %u are calm\n", seats, members, waiting, l.in_wheel, calm, l.calm_legs);
        abort();
    }
}

static void check(void) {
    for (int i = 0; i < LEGS; i++) {
        const statistics *s = &l.stats[i];
        if (s->gone > s->judged || s->burst_gone > s->gone || s->burst_packets > s->judged || s->duplicates > s->rx_counted ||
            s->rx_level.clipped > s->rx_level.samples || s->rx_counted > s->rx_packets) {
            fprintf(stderr, "the figures of leg %d cannot be\n", i);
            abort();
        }
    }
}

int main(int count, char **words) {
    uint64_t seed = count > 1 ? strtoull(words[1], NULL, 10) : 1, rounds = count > 2 ? strtoull(words[2], NULL, 10) : 1000;
    state = seed * 0x9e3779b97f4a7c15ull + 1;
    g711_prepare();
    inband_prepare();
    comfort_prepare();
    fax_prepare();
    crypto_load();
    if (!loop_memory(&l, LEGS)) return 2;
    l.arena = arena, l.arena_size = ARENA, l.cpu = -1;
    for (size_t i = 0; i < ARENA; i++) arena[i] = (uint8_t)any();
    for (int i = 0; i < PHONES; i++)
        if ((phones[i] = bound(i % 2 ? AF_INET6 : AF_INET, &phone_at[i])) < 0) return 2;
    uint64_t now_ns = 1000000000ull * 100000000ull;
    for (uint16_t i = 0; i < LEGS; i++) {
        if ((sockets[i] = bound(i % 3 ? AF_INET : AF_INET6, &leg_at[i])) < 0) return 2;
        post_open(i);
    }
    for (uint64_t round = 0; round < rounds; round++) {
        for (uint32_t n = below(4); n > 0; n--) command_of_any_kind();
        for (uint32_t n = below(12); n > 0; n--) datagram();
        now_ns += below(64) ? below(30) * MS : below(5000) * MS;
        for (int n = 0; n < 3; n++) loop_turn(&l, now_ns);
        read_all(now_ns);
        check();
        check_tables();
    }
    printf("%llu packets in, %llu out, %llu commands\n", (unsigned long long)l.count->rx_packets,
           (unsigned long long)l.count->tx_packets, (unsigned long long)l.count->commands);
    for (int i = 0; i < LEGS; i++) srtp_free(sealers[i]);
    loop_free(&l);
    return 0;
}
