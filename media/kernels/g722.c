/* G.722's two ADPCM sub-bands and the filter bank (quadrature mirror) that joins and parts them. A narrow-band listener needs
 * the lower one only, and a narrow-band speaker has nothing in the upper one: no filter bank stands between them and G.711,
 * and nothing is delayed.
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
static const int16_t mirror[G722_MIRROR / 2] = {3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11};
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

/* Eight words at once, two of them without a past. Each coefficient loses a 256th of itself, rounded as `times` 32640 would have it,
 * and moves by 128 at most, which leaves it a word. */
static void adapt_zeros(g722_band *b, int32_t difference) {
    int16_t step = difference == 0 ? 0 : 128, sign = difference < 0 ? -1 : 0, past[G722_LANES] = {(int16_t)word(2 * difference)};
    for (int i = 0; i < G722_LANES; i++) {
        int16_t z = b->zero[i], apart = (int16_t)(sign ^ (b->doubled[i] >> 15)); /* -1 where the signs differ */
        int16_t less = (int16_t)((int16_t)(~z >> 8) + (int16_t)((z & 255) == 0));
        b->zero[i] = (int16_t)(z + less + (int16_t)((int16_t)(step ^ apart) - apart));
    }
    for (int i = 1; i < G722_ZEROS; i++) past[i] = b->doubled[i - 1];
    memcpy(b->doubled, past, sizeof past);
}

/* G.722 block 4: the predictor learns the difference that was sent, and predicts the next sample. */
static void predict(g722_band *b, int32_t difference) {
    int32_t rebuilt = word(b->predicted + difference), partial = word(b->predicted_zero + difference), zeros = 0;
    adapt_poles(b, partial);
    adapt_zeros(b, difference);
    b->pole_memory[2] = b->pole_memory[1], b->pole_memory[1] = rebuilt;
    b->partial[2] = b->partial[1], b->partial[1] = partial;
    int32_t poles = word(times(b->pole[1], word(2 * b->pole_memory[1])) + times(b->pole[2], word(2 * b->pole_memory[2])));
    for (int i = 0; i < G722_LANES; i++) zeros += times(b->zero[i], b->doubled[i]);
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

void g722_start(g722_coder *c) {
    start(&c->lower, 32), start(&c->upper, 8);
    memset(c->line, 0, sizeof c->line);
}

/* The two most recent values go in at the end of the filter bank's line (G.722 3.1, 4.4). */
static void shift(int32_t line[G722_MIRROR], int32_t first, int32_t second) {
    memmove(line, line + 2, (G722_MIRROR - 2) * sizeof line[0]);
    line[G722_MIRROR - 2] = first, line[G722_MIRROR - 1] = second;
}

static int32_t even_sum(const int32_t line[G722_MIRROR]) {
    int32_t sum = 0;
    for (int i = 0; i < G722_MIRROR / 2; i++) sum += line[2 * i] * mirror[i];
    return sum;
}

static int32_t odd_sum(const int32_t line[G722_MIRROR]) {
    int32_t sum = 0;
    for (int i = 0; i < G722_MIRROR / 2; i++) sum += line[2 * i + 1] * mirror[G722_MIRROR / 2 - 1 - i];
    return sum;
}

void g722_decode(g722_coder *c, const uint8_t *octets, uint32_t count, int wide, int16_t *samples) {
    g722_band *b = &c->lower;
    for (uint32_t i = 0; i < count; i++) {
        int32_t code = octets[i] & 63, lower = clamp(b->predicted + times(b->scale, six_bits[code]), -BAND_MAX - 1, BAND_MAX);
        learn_lower(b, code);
        if (!wide) {
            samples[i] = (int16_t)(lower * 2);
            continue;
        }
        int32_t upper = clamp(c->upper.predicted + times(c->upper.scale, two_bits[octets[i] >> 6]), -BAND_MAX - 1, BAND_MAX);
        learn_upper(&c->upper, octets[i] >> 6);
        shift(c->line, lower + upper, lower - upper);
        samples[2 * i] = (int16_t)word(odd_sum(c->line) >> 11);
        samples[2 * i + 1] = (int16_t)word(even_sum(c->line) >> 11);
    }
}

void g722_encode(g722_coder *c, const int16_t *samples, uint32_t count, int wide, uint8_t *octets) {
    for (uint32_t i = 0; i < count; i++) {
        int32_t low = samples[i] >> 1, high = 0;
        if (wide) {
            shift(c->line, samples[2 * i], samples[2 * i + 1]);
            int32_t even = even_sum(c->line), odd = odd_sum(c->line);
            low = (even + odd) >> 14, high = (odd - even) >> 14;
        }
        int32_t lower = quantise_lower(&c->lower, word(low - c->lower.predicted));
        int32_t upper = quantise_upper(&c->upper, word(high - c->upper.predicted));
        learn_lower(&c->lower, lower);
        learn_upper(&c->upper, upper);
        octets[i] = (uint8_t)(upper << 6 | lower);
    }
}
