/* The twin of media/rtp/jitter.py, where the figures of its delay on known traces are tested. */
#include "jitter.h"

#include <string.h>

enum { RATE = 8000, MASK = JITTER_LINE - 1, PERCENT = 98, DELAY_FRAMES_MIN = 80, DELAY_FRAMES_MAX = 3200, FALL_PER_S = 160 };
enum { QUIET_MEAN_MAX = 60, SLACK = 40, LATE_JUMP = 8000, EARLY_JUMP = 2400, LATE_RUN = 4 };
#define NEVER ((int64_t)1 << 62)

void jitter_start(jitter_buffer *j, uint32_t width) {
    j->end = j->at = j->base = j->fell_at = 0;
    j->quiet_until = -NEVER;
    j->target = DELAY_FRAMES_MIN;
    j->begun = j->playing = j->late_run = 0;
    j->recent = j->next_recent = 0;
    j->width = (uint8_t)width;
    memset(j->here, 0, sizeof j->here);
}

static int is_here(const jitter_buffer *j, int64_t position) {
    uint32_t at = (uint32_t)position & MASK;
    return j->here[at >> 6] >> (at & 63) & 1;
}

static void mark(jitter_buffer *j, int64_t from, int64_t until, int on) {
    for (; from < until; from++) {
        uint32_t at = (uint32_t)from & MASK;
        if ((at & 63) == 0 && until - from >= 64) {
            j->here[at >> 6] = on ? UINT64_MAX : 0;
            from += 63;
        } else if (on) {
            j->here[at >> 6] |= (uint64_t)1 << (at & 63);
        } else {
            j->here[at >> 6] &= ~((uint64_t)1 << (at & 63));
        }
    }
}

static void skip(jitter_buffer *j, int64_t position) {
    if (position > j->at) mark(j, j->at, position - j->at < JITTER_LINE ? position : j->at + JITTER_LINE, 0);
    j->at = position;
}

static int64_t begin(jitter_buffer *j, uint32_t ssrc, uint16_t sequence, uint32_t timestamp, int64_t arrival) {
    j->begun = 1;
    j->ssrc = ssrc;
    j->top_sequence = sequence;
    j->end = timestamp;
    j->at = j->end - JITTER_LINE / 4;
    j->playing = j->late_run = 0;
    j->base = arrival - timestamp;
    j->fell_at = arrival;
    j->quiet_until = -NEVER;
    j->recent = j->next_recent = 0;
    memset(j->here, 0, sizeof j->here);
    return timestamp;
}

/* The first place whose value is not less. */
static uint32_t place_of(const jitter_buffer *j, int64_t transit) {
    uint32_t low = 0, high = j->recent;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (j->ordered[middle] < transit) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void remember(jitter_buffer *j, int64_t transit) {
    if (j->recent == JITTER_RECENT) {
        uint32_t oldest = place_of(j, j->transits[j->next_recent]);
        j->recent--;
        memmove(j->ordered + oldest, j->ordered + oldest + 1, (j->recent - oldest) * sizeof j->ordered[0]);
    }
    j->transits[j->next_recent] = transit;
    j->next_recent = (uint16_t)((j->next_recent + 1) % JITTER_RECENT);
    uint32_t place = place_of(j, transit);
    memmove(j->ordered + place + 1, j->ordered + place, (j->recent - place) * sizeof j->ordered[0]);
    j->ordered[place] = transit;
    j->recent++;
}

static void learn(jitter_buffer *j, int64_t transit, int64_t arrival) {
    remember(j, transit);
    uint32_t at = j->recent * PERCENT / 100u;
    int64_t late = j->ordered[at < j->recent ? at : j->recent - 1u] - j->ordered[0];
    int32_t asked = late < DELAY_FRAMES_MIN ? DELAY_FRAMES_MIN : late > DELAY_FRAMES_MAX ? DELAY_FRAMES_MAX : (int32_t)late;
    int64_t fall = arrival > j->fell_at ? (arrival - j->fell_at) * FALL_PER_S / RATE : 0;
    if (asked >= j->target || fall > 0) j->fell_at = arrival;
    j->base = j->ordered[0];
    j->target = j->target - fall > asked ? (int32_t)(j->target - fall) : asked;
}

static void newer(jitter_buffer *j, int ahead, int64_t position) {
    if (j->quiet_until == NEVER || (ahead == 1 && position > j->end)) j->quiet_until = position; /* the sender paused */
}

static void put(jitter_buffer *j, int64_t position, const int16_t *samples, uint32_t frames) {
    int64_t first = position > j->at ? position : j->at, until = position + frames;
    for (int64_t p = first; p < until;) {
        uint32_t at = (uint32_t)p & MASK, room = JITTER_LINE - at, left = (uint32_t)(until - p), count = left < room ? left : room;
        memcpy(j->line + at * j->width, samples + (p - position) * j->width, (size_t)count * j->width * 2);
        p += count;
    }
    mark(j, first, until, 1);
}

void jitter_push(jitter_buffer *j, uint32_t ssrc, uint16_t sequence, uint32_t timestamp, const int16_t *samples, uint32_t frames,
                 int64_t arrival) {
    int64_t position = j->end + (int32_t)(timestamp - (uint32_t)j->end), off = arrival - position - j->base;
    if (!j->begun || j->ssrc != ssrc || off > LATE_JUMP || off < -EARLY_JUMP || j->late_run >= LATE_RUN ||
        position + frames > j->at + JITTER_LINE)
        position = begin(j, ssrc, sequence, timestamp, arrival);
    learn(j, arrival - position, arrival);
    int ahead = (int16_t)(sequence - j->top_sequence);
    if (ahead > 0) newer(j, ahead, position), j->top_sequence = sequence;
    if (position + frames > j->end) j->end = position + frames;
    if (position + frames <= j->at) {
        j->late_run++;
        return;
    }
    j->late_run = 0;
    put(j, position, samples, frames);
}

void jitter_pause(jitter_buffer *j, uint32_t ssrc, uint16_t sequence, uint32_t timestamp) {
    if (!j->begun || j->ssrc != ssrc || (int16_t)(sequence - j->top_sequence) <= 0) return;
    int32_t forward = (int32_t)(timestamp - (uint32_t)j->end);
    j->top_sequence = sequence;
    j->quiet_until = NEVER;
    if (forward > 0) j->end += forward;
}

static int is_quiet(const jitter_buffer *j, uint32_t frames) {
    int64_t total = 0;
    for (uint32_t i = 0; i < frames; i++) {
        if (!is_here(j, j->at + i)) return 1;
        const int16_t *x = j->line + (((uint32_t)j->at + i) & MASK) * j->width;
        for (uint32_t n = 0; n < j->width; n++) total += x[n] < 0 ? -x[n] : x[n];
    }
    return total <= (int64_t)QUIET_MEAN_MAX * frames * j->width;
}

/* Nearer to the target where nobody hears it: frames are left out, or it is told how many of the next ones wait. */
static uint32_t adjust(jitter_buffer *j, int64_t behind, uint32_t frames) {
    if ((behind >= 0 && behind < SLACK) || !is_quiet(j, frames)) return 0;
    int64_t by = behind < 0 ? -behind : behind;
    if (by > frames) by = frames;
    if (behind < 0) return (uint32_t)by;
    skip(j, j->at + by);
    return 0;
}

void jitter_pull(jitter_buffer *j, uint32_t frames, int64_t now, int16_t *samples, uint8_t *states) {
    memset(samples, 0, (size_t)frames * j->width * 2);
    memset(states, FRAME_MISSING, frames);
    if (!j->begun) return;
    int64_t wanted = now - frames - j->base - j->target;
    if (!j->playing || wanted - j->at > DELAY_FRAMES_MAX || j->at - wanted > DELAY_FRAMES_MAX) skip(j, wanted), j->playing = 1;
    uint32_t waits = adjust(j, wanted - j->at, frames);
    for (uint32_t i = 0; i < frames; i++) {
        int64_t position = i < waits ? j->at : j->at + i - waits;
        if (i >= waits && is_here(j, position)) {
            states[i] = FRAME_HERE;
            memcpy(samples + i * j->width, j->line + ((uint32_t)position & MASK) * j->width, j->width * 2u);
        } else if (position < j->quiet_until) {
            states[i] = FRAME_PAUSED;
        }
    }
    skip(j, j->at + frames - waits);
}

int jitter_is_over(const jitter_buffer *j, int64_t now) { return j->quiet_until != NEVER && now - j->base - j->end > RATE; }
