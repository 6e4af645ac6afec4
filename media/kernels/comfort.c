/* Even noise. The spectrum that may follow the level is left out, as RFC 3389 3.3 allows. */
#include "comfort.h"

#include <math.h>

int32_t comfort_peaks[128];

void comfort_prepare(void) {
    for (int level = 0; level < 128; level++) {
        int taken = level < COMFORT_LOUDEST ? COMFORT_LOUDEST : level;
        comfort_peaks[level] = (int32_t)lround(32768 * sqrt(3) * pow(10, -taken / 20.0));
    }
}

uint32_t comfort_noise(uint32_t seed, int32_t peak, int16_t *out, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (int16_t)(((int32_t)(seed >> 16) - 32768) * peak >> 15);
    }
    return seed;
}
