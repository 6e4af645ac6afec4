/* Recording: each packet lands at the place its timestamp says, so the two channels stay aligned. What is missing before it is
 * concealed, and silence after 60 ms; a packet that comes after all takes its place.
 *
 * The reader (Python) takes frames from `tail` on, zeroes them and moves `tail`; the loop writes only within one ring above it.
 */
#include "record.h"

#include <string.h>

#include "g711.h"

enum { PACKET_SAMPLES_MAX = 1400 };

void record_start(recording *r, record_anchor anchors[2], uint64_t now_ns) {
    memset(anchors, 0, 2 * sizeof anchors[0]);
    r->start_ns = now_ns;
    r->stop_frames = 0;
    r->dropped = 0;
    __atomic_store_n(&r->active, 1, __ATOMIC_RELEASE);
}

void record_stop(recording *r, uint64_t now_ns) {
    if (r->active != 1) return;
    r->stop_frames = now_ns > r->start_ns ? (now_ns - r->start_ns) / NS_PER_SAMPLE : 0;
    __atomic_store_n(&r->active, 2, __ATOMIC_RELEASE);
}

static uint64_t place(record_anchor *anchor, uint32_t timestamp, uint64_t now) {
    int32_t ahead = (int32_t)(timestamp + anchor->shift - (uint32_t)now);
    if (!anchor->set || ahead > RECORD_EARLY_FRAMES || ahead < -RECORD_LATE_FRAMES) {
        anchor->set = 1;
        anchor->shift = (uint32_t)now - timestamp;
        ahead = 0;
    }
    return ahead < 0 && (uint64_t)-(int64_t)ahead > now ? 0 : now + (uint64_t)(int64_t)ahead;
}

/* How many found no place. */
static uint32_t write(int16_t *ring, int channel, uint64_t at, const int16_t *samples, uint32_t count, uint64_t tail) {
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < count; i++, at++) {
        if (at < tail || at >= tail + RECORD_RING) dropped++;
        else ring[2 * (at & (RECORD_RING - 1)) + (uint32_t)channel] = samples[i];
    }
    return dropped;
}

static void fill_gap(record_anchor *anchor, int16_t *ring, int channel, uint64_t until, uint64_t tail) {
    int16_t made[GAP_SILENT_FRAMES];
    uint64_t missing = until - anchor->end;
    uint32_t count = missing < GAP_SILENT_FRAMES ? (uint32_t)missing : GAP_SILENT_FRAMES;
    conceal_made(&anchor->conceal, 1, made, count);
    write(ring, channel, anchor->end, made, count, tail);
}

void record_put(recording *r, record_anchor *anchor, int16_t *ring, int channel, uint32_t timestamp, int law,
                const uint8_t *codes, uint32_t count, uint64_t now_ns) {
    if (r->active != 1) return;
    uint64_t now = now_ns > r->start_ns ? (now_ns - r->start_ns) / NS_PER_SAMPLE : 0;
    uint64_t at = place(anchor, timestamp, now), tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
    int16_t samples[PACKET_SAMPLES_MAX];
    if (count == 0 || count > PACKET_SAMPLES_MAX) return;
    for (uint32_t i = 0; i < count; i++) samples[i] = g711_linear[law][codes[i]];
    if (at >= anchor->end) {
        if (anchor->end > 0 && at > anchor->end) fill_gap(anchor, ring, channel, at, tail);
        conceal_true(&anchor->conceal, 1, samples, count);
        anchor->end = at + count;
    }
    r->dropped += write(ring, channel, at, samples, count, tail);
}

void record_advance(recording *r, uint64_t tail) { __atomic_store_n(&r->tail, tail, __ATOMIC_RELEASE); }
