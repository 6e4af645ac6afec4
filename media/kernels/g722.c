/* G.722's two ADPCM sub-bands. A narrow-band listener needs the lower one only, and a narrow-band speaker has nothing in the
 * upper one: so no filter bank stands between them and G.711, and nothing is delayed.
 */
#include "g722.h"

#include <string.h>

enum { LOWER_LEVELS = 30, LOWER_LOG_MAX = 18432, UPPER_LOG_MAX = 22528, BAND_MAX = 16383 };

static const int16_t two_bits[4] = {-7408, -1616, 7408, 1616};
static const int16_t four_bits[16] = {0, -20456, -12896, -8968, -6288, -4240, -2584, -1200,
                                      20456, 12896, 8968, 6288, 4240, 2584, 1200, 0};
static const int16_t six_bits[64] = {
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
    -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
    24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
    4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136};
static const int16_t decision[LOWER_LEVELS] = {0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650,
                                               714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195,
                                               2557, 2919};
static const int16_t lower_weight[8] = {-60, -30, 58, 172, 334, 538, 1198, 3042};
static const uint8_t lower_step[16] = {0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0};
static const int16_t upper_weight[2] = {798, -214}; /* of the large and the small step */
static const int16_t inverse_log[32] = {2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543,
                                        2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025, 3091, 3158, 3228,
                                        3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008};

static int32_t clamp(int32_t value, int32_t low, int32_t high) { return value < low ? low : value > high ? high : value; }
static int32_t word(int32_t value) { return clamp(value, -32768, 32767); }
static int32_t times(int32_t a, int32_t b) { return a * b >> 15; }

static void adapt_poles(g722_band *b, int32_t now) {
    int same_1 = (now < 0) == (b->partial[1] < 0), same_2 = (now < 0) == (b->partial[2] < 0);
    int32_t first = word(b->pole[1] * 4);
    int32_t second = clamp(same_1 ? -first : first, -32768, 32767) >> 7;
    second = clamp(second + (same_2 ? 128 : -128) + times(b->pole[2], 32512), -12288, 12288);
    int32_t bound = word(15360 - second);
    b->pole[1] = clamp(word((same_1 ? 192 : -192) + times(b->pole[1], 32640)), -bound, bound);
    b->pole[2] = second;
}

static void adapt_zeros(g722_band *b, int32_t difference) {
    int32_t step = difference == 0 ? 0 : 128;
    for (int i = 6; i >= 1; i--) {
        int same = (difference < 0) == (b->difference[i] < 0);
        b->zero[i] = word((same ? step : -step) + times(b->zero[i], 32640));
    }
    b->difference[0] = difference;
    for (int i = 6; i >= 1; i--) b->difference[i] = b->difference[i - 1];
}

/* G.722 block 4: the predictor learns the difference that was sent, and predicts the next sample. */
static void predict(g722_band *b, int32_t difference) {
    int32_t rebuilt = word(b->predicted + difference), partial = word(b->predicted_zero + difference);
    adapt_poles(b, partial);
    adapt_zeros(b, difference);
    b->pole_memory[2] = b->pole_memory[1], b->pole_memory[1] = rebuilt;
    b->partial[2] = b->partial[1], b->partial[1] = partial;
    int32_t poles = word(times(b->pole[1], word(2 * b->pole_memory[1])) + times(b->pole[2], word(2 * b->pole_memory[2])));
    int32_t zeros = 0;
    for (int i = 6; i >= 1; i--) zeros += times(b->zero[i], word(2 * b->difference[i]));
    b->predicted_zero = word(zeros);
    b->predicted = word(poles + b->predicted_zero);
}

static void adapt_scale(g722_band *b, int32_t weight, int32_t log_max, int shift) {
    b->scale_log = clamp((b->scale_log * 127 >> 7) + weight, 0, log_max);
    int32_t mantissa = inverse_log[b->scale_log >> 6 & 31], down = shift - (b->scale_log >> 11);
    b->scale = (down < 0 ? mantissa << -down : mantissa >> down) * 4;
}

static void learn_lower(g722_band *b, int32_t code) {
    int32_t coarse = code >> 2, difference = times(b->scale, four_bits[coarse]);
    adapt_scale(b, lower_weight[lower_step[coarse]], LOWER_LOG_MAX, 8);
    predict(b, difference);
}

static void learn_upper(g722_band *b, int32_t code) {
    int32_t difference = times(b->scale, two_bits[code]);
    adapt_scale(b, upper_weight[code & 1], UPPER_LOG_MAX, 10);
    predict(b, difference);
}

static int32_t quantise_lower(const g722_band *b, int32_t error) {
    int32_t size = error >= 0 ? error : -(error + 1);
    int level = 1;
    while (level < LOWER_LEVELS && size >= decision[level] * b->scale >> 12) level++;
    if (error >= 0) return 62 - level;
    return level < 3 ? 64 - level : 34 - level;
}

static int32_t quantise_upper(const g722_band *b, int32_t error) {
    int32_t size = error >= 0 ? error : -(error + 1);
    int is_large = size >= 564 * b->scale >> 12;
    return (error >= 0 ? 2 : 0) + !is_large;
}

static void start(g722_band *b, int32_t scale) {
    memset(b, 0, sizeof *b);
    b->scale = scale;
}

void g722_start_decoder(g722_decoder *d) { start(&d->lower, 32); }

void g722_start_encoder(g722_encoder *e) { start(&e->lower, 32), start(&e->upper, 8); }

void g722_decode(g722_decoder *d, const uint8_t *octets, uint32_t count, int16_t *samples) {
    g722_band *b = &d->lower;
    for (uint32_t i = 0; i < count; i++) {
        int32_t code = octets[i] & 63;
        samples[i] = (int16_t)(clamp(b->predicted + times(b->scale, six_bits[code]), -BAND_MAX - 1, BAND_MAX) * 2);
        learn_lower(b, code);
    }
}

void g722_encode(g722_encoder *e, const int16_t *samples, uint32_t count, uint8_t *octets) {
    for (uint32_t i = 0; i < count; i++) {
        int32_t lower = quantise_lower(&e->lower, word((samples[i] >> 1) - e->lower.predicted));
        int32_t upper = quantise_upper(&e->upper, word(-e->upper.predicted));
        learn_lower(&e->lower, lower);
        learn_upper(&e->upper, upper);
        octets[i] = (uint8_t)(upper << 6 | lower);
    }
}
