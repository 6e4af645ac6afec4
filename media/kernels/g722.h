/* ITU-T G.722 at 64 kbit/s on its lower half: one octet is one sample of 8 kHz, what lies above 4 kHz is left out. */
#ifndef MEDIA_G722_H
#define MEDIA_G722_H

#include <stdint.h>

/* One sub-band's adaptive predictor and quantiser (G.722 3.6). */
typedef struct {
    int32_t scale_log, scale, predicted, predicted_zero;
    int32_t pole[3], pole_memory[3], partial[3], zero[7], difference[7];
} g722_band;

typedef struct { g722_band lower; } g722_decoder;
typedef struct { g722_band lower, upper; } g722_encoder;

void g722_start_decoder(g722_decoder *d);
void g722_start_encoder(g722_encoder *e);
void g722_decode(g722_decoder *d, const uint8_t *octets, uint32_t count, int16_t *samples);
void g722_encode(g722_encoder *e, const int16_t *samples, uint32_t count, uint8_t *octets);
#endif
