/* Packets that must go on at once wake the loop, and a wake-up costs as much as a packet: where calls began at any moment, nearly
 * every packet is one. Where it is woken far more often than it would look by itself, it looks by itself, every 0.2 ms; for one
 * window a second it is woken again, which tells whether that still pays.
 *
 * woken --GATHER_WAKEUPS_PER_MS_MIN or more--> gathering --GATHER_WINDOWS of 20 ms--> woken
 */
#ifndef MEDIA_GATHER_H
#define MEDIA_GATHER_H

#include <stdint.h>

enum { GATHER_NS = 200 * 1000, GATHER_WINDOW_MS = 20, GATHER_WINDOWS = 49, GATHER_WAKEUPS_PER_MS_MIN = 9 };

typedef struct {
    uint64_t since_ms, wakeups_before, waited_ns;
    uint32_t windows_left;
} gather;

static inline int gather_goes_on(const gather *g) { return g->windows_left > 0; }

int gather_pays(gather *g, uint64_t wakeups, uint64_t now_ms); /* asked after every look */
#endif
