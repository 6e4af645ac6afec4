/* Whose packets are heard, and where we may send: the RTP source rule. */
#ifndef MEDIA_LATCH_H
#define MEDIA_LATCH_H

#include <stdint.h>

enum { LATCH_CONSECUTIVE = 4 };
enum verdict { FOREIGN = 0, PROBATION = 1, ACCEPTED = 2, LATCHED = 3 };

typedef struct {
    uint32_t address, signalling, locked_address, locked_ssrc, try_address, try_ssrc;
    uint16_t port, locked_port, try_port, try_sequence;
    uint8_t nat, known, locked, exact, try_count;
} latch;

void latch_set(latch *l, uint32_t address, uint16_t port, uint32_t signalling, int nat);
enum verdict latch_packet(latch *l, uint32_t address, uint16_t port, uint32_t ssrc, uint16_t sequence);
#endif
