/* Concealment of what is missing in speech: the last pitch period again and again, fading to silence within 60 ms, and the true
 * samples faded in after it. `width`: samples in a frame of 8 kHz, 1 or 2.
 */
#ifndef MEDIA_CONCEAL_H
#define MEDIA_CONCEAL_H

#include <stdint.h>

enum { PERIOD_FRAMES_MIN = 40, PERIOD_FRAMES_MAX = 120, COMPARED_FRAMES = 160 };
enum { HISTORY_FRAMES = PERIOD_FRAMES_MAX + COMPARED_FRAMES, WIDTH_MAX = 2 };
enum { GAP_FULL_FRAMES = 80, GAP_SILENT_FRAMES = 480, OVERLAP_SHIFT = 5 };

typedef struct {
    int16_t history[HISTORY_FRAMES * WIDTH_MAX]; /* a ring: the oldest is at `oldest`; in order while something is made up */
    uint32_t oldest, period, gap;                /* in samples */
} concealer;

void conceal_start(concealer *c);
void conceal_true(concealer *c, uint32_t width, int16_t *samples, uint32_t count); /* samples, not frames */
void conceal_made(concealer *c, uint32_t width, int16_t *out, uint32_t count);
void conceal_not(concealer *c, uint32_t width, int16_t *out, uint32_t count); /* silence, and the true samples are faded in after it */
#endif
