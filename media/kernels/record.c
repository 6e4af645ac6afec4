/* Recording: each packet lands at the place its timestamp says, so the two channels stay aligned and gaps are silence.
 *
 * The reader (Python) takes frames from `tail` on, zeroes them and moves `tail`; the loop writes only within one ring above it.
 */
#include "record.h"

#include "g711.h"

void record_start(recording *r, record_anchor anchors[2], uint64_t now_ns) {
    anchors[0].set = anchors[1].set = 0;
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

void record_put(recording *r, record_anchor *anchor, int16_t *ring, int channel, uint32_t timestamp, int law,
                const uint8_t *codes, uint32_t count, uint64_t now_ns) {
    if (r->active != 1) return;
    uint64_t now = now_ns > r->start_ns ? (now_ns - r->start_ns) / NS_PER_SAMPLE : 0;
    uint64_t at = place(anchor, timestamp, now), tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
    const int16_t *table = g711_linear[law];
    for (uint32_t i = 0; i < count; i++, at++) {
        if (at < tail || at >= tail + RECORD_RING) r->dropped++;
        else ring[2 * (at & (RECORD_RING - 1)) + (uint32_t)channel] = table[codes[i]];
    }
}

void record_advance(recording *r, uint64_t tail) { __atomic_store_n(&r->tail, tail, __ATOMIC_RELEASE); }
