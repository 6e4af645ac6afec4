/* What is counted of an incoming stream: RFC 3550 A.1 (sequence), A.3 (loss), A.8 (jitter), duplicates, reorder, lateness, bursts. */
#ifndef MEDIA_STATS_H
#define MEDIA_STATS_H

#include "burst.h"

enum { DROPOUT_MAX = 3000, MISORDER_MAX = 100, LATE_SAMPLES = 480, WINDOW_PACKETS = 64, NOTHING_NEW_MAX = 25 };
enum arrival { ARRIVED_NEW = 0, ARRIVED_DUPLICATE = 1, ARRIVED_OLD = 2, ARRIVED_JUMP = 3, ARRIVED_RESTART = 4 };

typedef struct {
    uint64_t window, late; /* bit i: packet max_sequence - i was seen, came late */
    burst_state bursts;
    uint32_t judged, base, extended_max, bad_sequence, expected_before, transit, transit_min, timestamp, since_creep, late_run, late_min;
    uint16_t nothing_new, again_first, loop_first, loop_last; /* packets in a row that are not new, and the first of them */
    uint8_t started, has_transit, has_looped;
} rx_state;

void stats_restart(rx_state *x, statistics *s);
int stats_ahead(const rx_state *x, uint16_t sequence); /* of the newest; INT16_MIN: of none */
enum arrival stats_sequence(rx_state *x, statistics *s, uint16_t sequence);
void stats_end(rx_state *x, statistics *s); /* nothing more comes: the last packets are judged */
int stats_timing(rx_state *x, statistics *s, uint32_t timestamp, uint32_t arrival); /* 1: so late that a buffer of LATE_SAMPLES misses it */
void stats_late(rx_state *x, statistics *s, uint16_t sequence); /* it came too late to be played */

/* No newer than what came. */
static inline int stats_is_past(const rx_state *x, uint16_t sequence) {
    return (uint16_t)(x->extended_max - sequence) < MISORDER_MAX && x->started;
}
#endif
