/* Key presses as audible tones (ITU-T Q.23, Q.24): heard by Goertzel filters, and made. */
#ifndef MEDIA_INBAND_H
#define MEDIA_INBAND_H

#include "dtmf.h"

enum { INBAND_WINDOW = 205, INBAND_HOP = 102, INBAND_HITS = 2, INBAND_MISSES = 3, INBAND_PRESSES = 16, INBAND_NONE = 255, INBAND_PURE = 0x40 };

typedef struct {
    int16_t samples[INBAND_WINDOW];
    uint16_t filled;
    uint8_t candidate, hits, pure, misses, event, active;
    uint32_t duration;
} inband_receiver;

void inband_prepare(void);
void inband_reset(inband_receiver *d);
uint8_t inband_window(const int16_t samples[INBAND_WINDOW]); /* an event, with INBAND_PURE or without, or INBAND_NONE */
int inband_hear(inband_receiver *d, const int16_t *samples, uint32_t count, dtmf_press out[INBAND_PRESSES], int *started);
int inband_next(dtmf_sender *d, int law, uint8_t *out, uint32_t frames); /* 1 when this was the end of the last digit */
#endif
