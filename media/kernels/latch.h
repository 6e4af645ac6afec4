/* Whose packets are heard, and where we may send: the RTP source rule. */
#ifndef MEDIA_LATCH_H
#define MEDIA_LATCH_H

#include <stdint.h>

#include "address.h"

enum { LATCH_CONSECUTIVE = 4, LATCH_WAYS_MAX = 8 };
enum verdict { FOREIGN = 0, PROBATION = 1, ACCEPTED = 2, LATCHED = 3 };

typedef struct {
    net_address address;
    uint16_t port;
} latch_way;

typedef struct {
    uint8_t nat, known, locked, exact, try_count, next_way;
    uint16_t port, locked_port, try_port, try_sequence;
    uint32_t locked_ssrc, try_ssrc;
    net_address locked_address, address, signalling, try_address;
    latch_way ways[LATCH_WAYS_MAX]; /* with ICE: where checks worked; port 0 is none */
} latch;

void latch_set(latch *l, const net_address *address, uint16_t port, const net_address *signalling, int nat);
void latch_path(latch *l, const net_address *address, uint16_t port); /* there media goes; port 0: nowhere, and no way is left */
void latch_add_way(latch *l, const net_address *address, uint16_t port);
enum verdict latch_packet(latch *l, const net_address *address, uint16_t port, uint32_t ssrc, uint16_t sequence);
int latch_knows(const latch *l, const net_address *address, uint16_t port); /* the source of a datagram that has no SSRC */
int latch_may_hear(const latch *l, const net_address *address, uint16_t port); /* whether any packet from there could be accepted */
#endif
