/* Recording: each packet lands at the place its timestamp says, so the two channels stay aligned. What is missing before it is
 * made up from what lies before the gap, and silence after 60 ms; a packet that comes after all takes its place.
 *
 * The reader (Python's thread) takes frames from `tail` on, leaves zeroes and moves `tail`; the loop writes only within one ring
 * above it.
 */
#include "record.h"

#include <string.h>

#include "conceal.h"
#include "g711.h"

enum { PACKET_SAMPLES_MAX = 1460 };

void record_start(recording *r, record_anchor anchors[2], uint64_t now_ns) {
    memset(anchors, 0, 2 * sizeof anchors[0]);
    r->start_ns = now_ns;
    r->stop_frames = 0;
    r->dropped = 0;
    __atomic_store_n(&r->active, 1, __ATOMIC_RELEASE);
}

void record_stop(recording *r, uint64_t now_ns) {
    if (__atomic_load_n(&r->active, __ATOMIC_ACQUIRE) != 1) return;
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

/* How many of the frames from `from` on lie in a row. */
static uint64_t until_wrap(uint64_t from, uint64_t until) {
    uint64_t room = RECORD_RING - from % RECORD_RING;
    return until - from < room ? until - from : room;
}

/* How many found no place. */
static uint32_t write(int16_t *line, uint64_t at, const int16_t *samples, uint32_t count, uint64_t tail) {
    uint64_t from = at > tail ? at : tail, until = at + count < tail + RECORD_RING ? at + count : tail + RECORD_RING;
    if (from >= until) return count;
    for (uint64_t p = from, row; p < until; p += row) {
        row = until_wrap(p, until);
        memcpy(line + p % RECORD_RING, samples + (p - at), row * 2);
    }
    return count - (uint32_t)(until - from);
}

/* What was heard before `end`, and is not taken yet. */
static void read_history(const int16_t *line, uint64_t end, uint64_t tail, int16_t history[HISTORY_FRAMES]) {
    uint64_t first = end > HISTORY_FRAMES ? end - HISTORY_FRAMES : 0;
    if (first < tail) first = tail < end ? tail : end;
    for (uint64_t p = first, row; p < end; p += row) {
        row = until_wrap(p, end);
        memcpy(history + HISTORY_FRAMES - (end - p), line + p % RECORD_RING, row * 2);
    }
}

/* Between `end` and the true samples, which are faded in. */
static void fill_gap(int16_t *line, uint64_t end, uint64_t missing, int16_t *samples, uint32_t count, uint64_t tail) {
    concealer c;
    int16_t made[GAP_SILENT_FRAMES];
    uint32_t made_count = missing < GAP_SILENT_FRAMES ? (uint32_t)missing : GAP_SILENT_FRAMES;
    conceal_start(&c);
    read_history(line, end, tail, c.history);
    conceal_made(&c, 1, made, made_count);
    write(line, end, made, made_count, tail);
    conceal_true(&c, 1, samples, count);
}

void record_put(recording *r, record_anchor *anchor, int16_t *ring, int channel, uint32_t timestamp, int law,
                const uint8_t *codes, uint32_t count, uint64_t now_ns) {
    if (r->active != 1) return;
    uint64_t now = now_ns > r->start_ns ? (now_ns - r->start_ns) / NS_PER_SAMPLE : 0;
    uint64_t at = place(anchor, timestamp, now), tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
    int16_t samples[PACKET_SAMPLES_MAX], *line = ring + channel * RECORD_RING;
    if (count == 0 || count > PACKET_SAMPLES_MAX) return;
    for (uint32_t i = 0; i < count; i++) samples[i] = g711_linear[law][codes[i]];
    if (at >= anchor->end) {
        if (anchor->end > 0 && at > anchor->end) fill_gap(line, anchor->end, at - anchor->end, samples, count, tail);
        anchor->end = at + count;
    }
    r->dropped += write(line, at, samples, count, tail);
}

static void move_row(int16_t *restrict left, int16_t *restrict right, int16_t *restrict out, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) out[2 * i] = left[i], out[2 * i + 1] = right[i];
    memset(left, 0, count * 2);
    memset(right, 0, count * 2);
}

uint32_t record_take(recording *r, int16_t *ring, uint64_t head, int16_t *out) {
    uint64_t tail = r->tail;
    if (head <= tail) return 0;
    if (head > tail + RECORD_RING) head = tail + RECORD_RING;
    for (uint64_t p = tail, row; p < head; p += row, out += 2 * row) {
        row = until_wrap(p, head);
        move_row(ring + p % RECORD_RING, ring + RECORD_RING + p % RECORD_RING, out, row);
    }
    __atomic_store_n(&r->tail, head, __ATOMIC_RELEASE);
    return (uint32_t)(head - tail);
}

void record_release(recording *r, int16_t *ring) {
    memset(ring, 0, RECORD_RING * 4);
    __atomic_store_n(&r->tail, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&r->active, 0, __ATOMIC_RELEASE);
}
