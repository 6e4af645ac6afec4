/* Recording: each packet lands at the place its timestamp says, so the two channels stay aligned. What is missing before it is
 * concealed, and silence after 60 ms; a packet that comes after all takes its place.
 *
 * The reader (Python's thread) takes frames from `tail` on, leaves zeroes and moves `tail`; the loop writes only within one ring
 * above it.
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
    uint64_t from = at > tail ? at : tail, until = at + count < tail + RECORD_RING ? at + count : tail + RECORD_RING;
    if (from >= until) return count;
    for (uint64_t i = from; i < until; i++) ring[2 * (i & (RECORD_RING - 1)) + (uint32_t)channel] = samples[i - at];
    return count - (uint32_t)(until - from);
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

uint32_t record_take(recording *r, int16_t *ring, uint64_t head, int16_t *out) {
    uint64_t tail = r->tail, count = head > tail ? head - tail : 0;
    if (count > RECORD_RING) count = RECORD_RING;
    for (uint64_t left = count; left > 0;) {
        uint64_t at = tail & (RECORD_RING - 1), row = left < RECORD_RING - at ? left : RECORD_RING - at;
        memcpy(out, ring + 2 * at, row * 4);
        memset(ring + 2 * at, 0, row * 4);
        out += 2 * row, tail += row, left -= row;
    }
    __atomic_store_n(&r->tail, tail, __ATOMIC_RELEASE);
    return (uint32_t)count;
}

void record_release(recording *r, int16_t *ring) {
    memset(ring, 0, RECORD_RING * 4);
    __atomic_store_n(&r->tail, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&r->active, 0, __ATOMIC_RELEASE);
}
