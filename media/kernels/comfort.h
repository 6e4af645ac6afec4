/* Comfort noise (RFC 3389): what a pause sounds like when the talker's end said only how loud it is there. */
#ifndef MEDIA_COMFORT_H
#define MEDIA_COMFORT_H

#include <stdint.h>

enum { COMFORT_PAYLOAD_TYPE = 13, COMFORT_LOUDEST = 30 }; /* in -dBov: nothing that is louder is a comfort */

extern int32_t comfort_peaks[128];

void comfort_prepare(void);
uint32_t comfort_noise(uint32_t seed, int32_t peak, int16_t *out, uint32_t count); /* the next seed */
#endif
