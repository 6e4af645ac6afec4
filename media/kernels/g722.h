/* ITU-T G.722 at 64 kbit/s: one octet is two samples of 16 kHz, or one of 8 kHz, and what lies above 4 kHz is left out. */
#ifndef MEDIA_G722_H
#define MEDIA_G722_H

#include <stdint.h>

enum { G722_MIRROR = 24, G722_ZEROS = 6, G722_LANES = 8 };

/* One sub-band's adaptive predictor and quantiser (G.722 3.6). `doubled`: the last differences, twice as large, and none in
 * the last lanes. */
typedef struct {
    int32_t scale_log, scale, predicted, predicted_zero;
    int32_t pole[3], pole_memory[3], partial[3];
    int16_t zero[G722_LANES], doubled[G722_LANES];
} g722_band;

typedef struct { g722_band lower, upper; int32_t line[G722_MIRROR]; } g722_coder; /* of one direction */

void g722_start(g722_coder *c);
void g722_decode(g722_coder *c, const uint8_t *octets, uint32_t count, int wide, int16_t *samples);
void g722_encode(g722_coder *c, const int16_t *samples, uint32_t count, int wide, uint8_t *octets);
#endif
