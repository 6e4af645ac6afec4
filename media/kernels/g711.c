/* G.711 tables, filled once when the module is loaded. */
#include "g711.h"

int16_t g711_linear[2][256];
uint8_t g711_other[2][256];
uint64_t g711_square[2][256];
const uint8_t g711_silence[2] = {0xff, 0xd5};

static int mu_decode(uint8_t code) {
    int inverted = ~code & 0xff;
    int magnitude = ((((inverted & 0x0f) << 3) + 0x84) << ((inverted >> 4) & 7)) - 0x84;
    return inverted & 0x80 ? -magnitude : magnitude;
}

static int a_decode(uint8_t code) {
    int even = code ^ 0x55;
    int segment = (even >> 4) & 7, magnitude = ((even & 0x0f) << 4) + 8;
    if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
    return even & 0x80 ? magnitude : -magnitude;
}

/* The segment and the four bits below the highest one, of a magnitude from 128 to 32767: the same bits of it as a float, so that
 * many samples are encoded at once. */
static int segment_and_mantissa(int magnitude) {
    union { float value; uint32_t bits; } as = {.value = (float)magnitude};
    return (int)(as.bits >> 19) - (134 << 4);
}

static uint8_t mu_encode(int sample) {
    int sign = sample < 0 ? 0x80 : 0, magnitude = sample < 0 ? -sample : sample;
    magnitude = magnitude > 32635 ? 32635 : magnitude;
    return (uint8_t)~(sign | segment_and_mantissa(magnitude + 0x84));
}

static int at_least(int value, int least) { return value < least ? least : value; }
static int at_most(int value, int most) { return value > most ? most : value; }

/* Below 256 the steps are even, as in the segment above it; without a branch, or the loop below would take them one by one. */
static uint8_t a_encode(int sample) {
    int sign = sample >= 0 ? 0x80 : 0, magnitude = at_most(sample >= 0 ? sample : -sample - 1, 32767);
    int even_steps_below = (256 - at_most(magnitude, 256) + 15) >> 4;
    return (uint8_t)((sign | (segment_and_mantissa(at_least(magnitude, 256)) - even_steps_below)) ^ 0x55);
}

uint8_t g711_encode(int law, int sample) { return law == 0 ? mu_encode(sample) : a_encode(sample); }

void g711_encode_all(int law, const int32_t *restrict samples, uint8_t *restrict codes, size_t count) {
    if (law == 0)
        for (size_t i = 0; i < count; i++) codes[i] = mu_encode(samples[i]);
    else
        for (size_t i = 0; i < count; i++) codes[i] = a_encode(samples[i]);
}

void g711_prepare(void) {
    for (int code = 0; code < 256; code++) {
        g711_linear[0][code] = (int16_t)mu_decode((uint8_t)code);
        g711_linear[1][code] = (int16_t)a_decode((uint8_t)code);
        for (int law = 0; law < 2; law++) {
            int sample = g711_linear[law][code];
            g711_other[law][code] = g711_encode(1 - law, sample);
            g711_square[law][code] = (uint64_t)((int64_t)sample * sample);
        }
    }
}

void g711_transcode(int from_law, const uint8_t *in, uint8_t *out, size_t count) {
    const uint8_t *table = g711_other[from_law];
    for (size_t i = 0; i < count; i++) out[i] = table[in[i]];
}
