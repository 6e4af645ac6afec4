/* In the way of ITU-T G.711 Appendix I, without its delay, in whole numbers but for the choice of the period. */
#include "conceal.h"

#include <math.h>
#include <string.h>

enum { FADE_ONE = 32768, FADE_SHIFT = 15 };

void conceal_start(concealer *c) { memset(c, 0, sizeof *c); }

/* The oldest first. */
static void put_in_order(concealer *c, uint32_t history) {
    int16_t before[HISTORY_FRAMES * WIDTH_MAX];
    memcpy(before, c->history, c->oldest * 2);
    memmove(c->history, c->history + c->oldest, (history - c->oldest) * 2);
    memcpy(c->history + history - c->oldest, before, c->oldest * 2);
    c->oldest = 0;
}

/* In the place of the oldest. */
static void remember(concealer *c, uint32_t history, const int16_t *samples, uint32_t count) {
    if (count > history) samples += count - history, count = history;
    uint32_t room = history - c->oldest, first = count < room ? count : room;
    memcpy(c->history + c->oldest, samples, first * 2);
    memcpy(c->history, samples + first, (count - first) * 2);
    c->oldest = count < room ? c->oldest + count : count - room;
}

/* The lag at which the history's end is most like itself. */
static uint32_t period_of(const concealer *c, uint32_t width) {
    uint32_t compared = COMPARED_FRAMES * width, best = PERIOD_FRAMES_MIN * width;
    const int16_t *last = c->history + PERIOD_FRAMES_MAX * width;
    double best_likeness = -INFINITY;
    for (uint32_t lag = best; lag <= PERIOD_FRAMES_MAX * width; lag++) {
        const int16_t *shifted = last - lag;
        int64_t product = 0, energy = 0;
        for (uint32_t i = 0; i < compared; i++) product += shifted[i] * last[i], energy += shifted[i] * shifted[i];
        double likeness = (double)product / sqrt((double)energy + 1.0);
        if (likeness > best_likeness) best_likeness = likeness, best = lag;
    }
    return best;
}

static int32_t continued(const concealer *c, uint32_t width, uint32_t at) {
    int32_t full = (int32_t)(GAP_FULL_FRAMES * width), silent = (int32_t)(GAP_SILENT_FRAMES * width);
    int32_t fade = at <= (uint32_t)full ? FADE_ONE : at >= (uint32_t)silent ? 0 : (silent - (int32_t)at) * FADE_ONE / (silent - full);
    return c->history[HISTORY_FRAMES * width - c->period + at % c->period] * fade >> FADE_SHIFT;
}

void conceal_true(concealer *c, uint32_t width, int16_t *samples, uint32_t count) {
    uint32_t history = HISTORY_FRAMES * width;
    if (c->gap > 0) {
        for (uint32_t i = 0; i < count && i < 1 << OVERLAP_SHIFT; i++) {
            int32_t rise = (int32_t)i + 1, kept = continued(c, width, c->gap + i) * ((1 << OVERLAP_SHIFT) - rise);
            samples[i] = (int16_t)((kept + samples[i] * rise) >> OVERLAP_SHIFT);
        }
        if (count > 0) c->gap = 0;
    }
    remember(c, history, samples, count);
}

void conceal_made(concealer *c, uint32_t width, int16_t *out, uint32_t count) {
    if (c->gap == 0) put_in_order(c, HISTORY_FRAMES * width), c->period = period_of(c, width);
    for (uint32_t i = 0; i < count; i++) out[i] = (int16_t)continued(c, width, c->gap + i);
    c->gap += count;
    if (c->gap > GAP_SILENT_FRAMES * width) c->gap = GAP_SILENT_FRAMES * width;
}

void conceal_not(concealer *c, uint32_t width, int16_t *out, uint32_t count) {
    if (c->gap == 0) c->period = PERIOD_FRAMES_MIN * width;
    c->gap = GAP_SILENT_FRAMES * width;
    memset(out, 0, count * 2);
}
