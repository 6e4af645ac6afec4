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

/* The bits of one word of `here` that stand for the next frames from `from` on, and how many frames these are. */
static uint64_t bits_of(int64_t from, int64_t until, int64_t *count) {
    uint32_t bit = (uint32_t)from & 63;
    *count = until - from < 64 - bit ? until - from : 64 - bit;
    return UINT64_MAX >> (64 - *count) << bit;
}

static void mark(jitter_buffer *j, int64_t from, int64_t until, int on) {
    for (int64_t count; from < until; from += count) {
        uint64_t bits = bits_of(from, until, &count), *word = &j->here[((uint32_t)from & MASK) >> 6];
        *word = on ? *word | bits : *word & ~bits;
    }
}

static int are_here(const jitter_buffer *j, int64_t from, int64_t until) {
    for (int64_t count; from < until; from += count) {
        uint64_t bits = bits_of(from, until, &count);
        if (~j->here[((uint32_t)from & MASK) >> 6] & bits) return 0;
    }
    return 1;
}

/* How many of the frames from `from` on lie in a row. */
static uint32_t until_wrap(int64_t from, uint32_t frames) {
    uint32_t room = JITTER_LINE - ((uint32_t)from & MASK);
    return frames < room ? frames : room;
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
    j->base = j->first = arrival - timestamp;
    j->fell_at = arrival;
    j->quiet_until = -NEVER;
    j->recent = j->next_recent = 0;
    memset(j->here, 0, sizeof j->here);
    return timestamp;
}

static uint32_t place_of(const jitter_buffer *j, int32_t transit) {
    uint32_t low = 0, high = j->recent;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (j->ordered[middle] < transit) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* In the place of the oldest; only those move that lie between the two. */
static void remember(jitter_buffer *j, int32_t transit) {
    uint32_t place = j->recent < JITTER_RECENT ? j->recent++ : place_of(j, j->transits[j->next_recent]);
    int32_t *ordered = j->ordered;
    for (; place > 0 && ordered[place - 1] > transit; place--) ordered[place] = ordered[place - 1];
    for (; place + 1u < j->recent && ordered[place + 1] < transit; place++) ordered[place] = ordered[place + 1];
    ordered[place] = transit;
    j->transits[j->next_recent] = transit;
    j->next_recent = (uint16_t)((j->next_recent + 1) % JITTER_RECENT);
}

static int32_t asked(const jitter_buffer *j) {
    uint32_t at = j->recent * PERCENT / 100u;
    int32_t late = j->ordered[at < j->recent ? at : j->recent - 1u] - j->ordered[0];
    return late < DELAY_FRAMES_MIN ? DELAY_FRAMES_MIN : late > DELAY_FRAMES_MAX ? DELAY_FRAMES_MAX : late;
}

static void learn(jitter_buffer *j, int64_t transit, int64_t arrival) {
    remember(j, (int32_t)(transit - j->first));
    int32_t target = asked(j);
    int64_t fall = arrival > j->fell_at ? (arrival - j->fell_at) * FALL_PER_S / RATE : 0;
    if (target >= j->target || fall > 0) j->fell_at = arrival;
    j->base = j->first + j->ordered[0];
    j->target = j->target - fall > target ? (int32_t)(j->target - fall) : target;
}

void jitter_unlearn(jitter_buffer *j, uint32_t packets) {
    for (; packets > 0 && j->recent > 1; packets--) {
        j->next_recent = (uint16_t)((j->next_recent + JITTER_RECENT - 1) % JITTER_RECENT);
        uint32_t place = place_of(j, j->transits[j->next_recent]);
        j->recent--;
        memmove(j->ordered + place, j->ordered + place + 1, (j->recent - place) * sizeof j->ordered[0]);
    }
    if (j->recent == 0) return;
    j->base = j->first + j->ordered[0];
    j->target = asked(j);
}

static void newer(jitter_buffer *j, int ahead, int64_t position) {
    if (j->quiet_until == NEVER || (ahead == 1 && position > j->end)) j->quiet_until = position; /* the sender paused */
}

static void put(jitter_buffer *j, int64_t position, const int16_t *samples, uint32_t frames) {
    int64_t first = position > j->at ? position : j->at, until = position + frames;
    for (int64_t p = first; p < until;) {
        uint32_t count = until_wrap(p, (uint32_t)(until - p));
        memcpy(j->line + ((uint32_t)p & MASK) * j->width, samples + (p - position) * j->width, (size_t)count * j->width * 2);
        p += count;
    }
    mark(j, first, until, 1);
}

int jitter_push(jitter_buffer *j, uint32_t ssrc, uint16_t sequence, uint32_t timestamp, const int16_t *samples, uint32_t frames,
                int64_t arrival) {
    int64_t position = j->end + (int32_t)(timestamp - (uint32_t)j->end), off = arrival - position - j->base;
    if (!j->begun || j->ssrc != ssrc || off > LATE_JUMP || off < -EARLY_JUMP || j->late_run >= LATE_RUN ||
        position + frames > j->at + JITTER_LINE)
        position = begin(j, ssrc, sequence, timestamp, arrival);
    if (arrival - position - j->base <= DELAY_FRAMES_MAX) learn(j, arrival - position, arrival); /* for more nobody waits */
    int ahead = (int16_t)(sequence - j->top_sequence);
    if (ahead > 0) newer(j, ahead, position), j->top_sequence = sequence;
    if (position + frames > j->end) j->end = position + frames;
    if (position + frames <= j->at) {
        j->late_run++;
        return 0;
    }
    j->late_run = 0;
    put(j, position, samples, frames);
    return 1;
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
    if (!are_here(j, j->at, j->at + frames)) return 1;
    for (uint32_t i = 0; i < frames; i++) {
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

static void pull_all(const jitter_buffer *j, uint32_t frames, int16_t *samples) {
    uint32_t first = until_wrap(j->at, frames), size = j->width * 2u;
    memcpy(samples, j->line + ((uint32_t)j->at & MASK) * j->width, first * size);
    memcpy(samples + first * j->width, j->line, (frames - first) * size);
}

static void pull_some(const jitter_buffer *j, uint32_t frames, uint32_t waits, int16_t *samples, uint8_t *states) {
    memset(samples, 0, (size_t)frames * j->width * 2);
    memset(states, FRAME_MISSING, frames);
    for (uint32_t i = 0; i < frames; i++) {
        int64_t position = i < waits ? j->at : j->at + i - waits;
        if (i >= waits && is_here(j, position)) {
            states[i] = FRAME_HERE;
            memcpy(samples + i * j->width, j->line + ((uint32_t)position & MASK) * j->width, j->width * 2u);
        } else if (position < j->quiet_until) {
            states[i] = FRAME_PAUSED;
        }
    }
}

int jitter_pull(jitter_buffer *j, uint32_t frames, int64_t now, int16_t *samples, uint8_t *states) {
    if (!j->begun) {
        memset(samples, 0, (size_t)frames * j->width * 2);
        memset(states, FRAME_MISSING, frames);
        return 0;
    }
    int64_t wanted = now - frames - j->base - j->target;
    if (!j->playing || wanted - j->at > DELAY_FRAMES_MAX || j->at - wanted > DELAY_FRAMES_MAX) skip(j, wanted), j->playing = 1;
    uint32_t waits = adjust(j, wanted - j->at, frames);
    int all = waits == 0 && are_here(j, j->at, j->at + frames);
    if (all) pull_all(j, frames, samples);
    else pull_some(j, frames, waits, samples, states);
    skip(j, j->at + frames - waits);
    return all;
}

int jitter_is_over(const jitter_buffer *j, int64_t now) { return j->quiet_until != NEVER && now - j->base - j->end > RATE; }
