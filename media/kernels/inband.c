/* DTMF in the audio. Windows of 205 samples every 102: two that agree make a press (25 to 40 ms), three that do not end it.
 *
 * quiet --two windows alike--> pressed --three others | two of another key--> quiet, one press told
 *
 * A window shows a key when it is loud enough, one row and one column stand out, both are stronger at their frequency than 5 %
 * beside it (so less than 2.5 % off: Q.24 wants 1.5 % heard and 3.5 % not), most energy is theirs, neither is much stronger
 * than the other (twist), and neither has the second harmonic that a voice has. A key of 40 ms fills one window wholly, with
 * nearly nothing but its tones (pure), and enough of another.
 */
#include "inband.h"

#include <math.h>
#include <string.h>

#include "g711.h"

enum { ROWS = 4, BASES = 8, NEAR = 4, SINES = 1024, RAMP = 16, LOW_PEAK = 9060, HIGH_PEAK = 11405 }; /* -8 and -6 dBm0 */

static const double frequencies[BASES] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const double beside[NEAR] = {0.9875, 1.0125, 0.95, 1.05};
static const uint8_t events[ROWS][ROWS] = {{1, 2, 3, 12}, {4, 5, 6, 13}, {7, 8, 9, 14}, {10, 0, 11, 15}};
static const double LOUD = 65000, PEAK_RATIO = 4, SHARE_FIRST = 0.28, SHARE = 0.7, SHARE_PURE = 0.88, ROW_STRONGER = 9, COLUMN_STRONGER = 4;
static const double HARMONIC = 0.1, HARMONIC_LEAK = 0.06;

static double base[BASES], near_base[BASES][NEAR], octave[BASES];
static int32_t sines[SINES];
static uint32_t steps[BASES];

static double coefficient(double frequency) { return 2.0 * cos(2.0 * M_PI * frequency / SAMPLE_RATE); }

void inband_prepare(void) {
    for (int i = 0; i < BASES; i++) {
        base[i] = coefficient(frequencies[i]);
        octave[i] = coefficient(2.0 * frequencies[i]);
        for (int n = 0; n < NEAR; n++) near_base[i][n] = coefficient(frequencies[i] * beside[n]);
        steps[i] = (uint32_t)(frequencies[i] * 4294967296.0 / SAMPLE_RATE);
    }
    for (int i = 0; i < SINES; i++) sines[i] = (int32_t)lround(32767.0 * sin(2.0 * M_PI * i / SINES));
}

void inband_reset(inband_receiver *d) {
    memset(d, 0, sizeof *d);
    d->candidate = INBAND_NONE;
}

/* The energy of a window that tones of these coefficients explain. */
static void goertzel(const int16_t *x, const double *coefficients, int count, double *energy) {
    double s1[BASES] = {0}, s2[BASES] = {0};
    for (int n = 0; n < INBAND_WINDOW; n++)
        for (int i = 0; i < count; i++) {
            double s = x[n] + coefficients[i] * s1[i] - s2[i];
            s2[i] = s1[i];
            s1[i] = s;
        }
    for (int i = 0; i < count; i++)
        energy[i] = (s1[i] * s1[i] + s2[i] * s2[i] - coefficients[i] * s1[i] * s2[i]) * 2.0 / INBAND_WINDOW;
}

static int strongest(const double energy[ROWS]) {
    int best = 0;
    for (int i = 1; i < ROWS; i++)
        if (energy[i] > energy[best]) best = i;
    for (int i = 0; i < ROWS; i++)
        if (i != best && energy[i] * PEAK_RATIO > energy[best]) return -1;
    return best;
}

/* The energy of the tone at or near a base frequency; 0 when it is too far off. */
static double tone_energy(const int16_t *samples, int at, double energy) {
    double near[NEAR];
    goertzel(samples, near_base[at], NEAR, near);
    if (near[2] > energy || near[3] > energy) return 0;
    double peak = near[0] > near[1] ? near[0] : near[1];
    return energy > peak ? energy : peak;
}

uint8_t inband_window(const int16_t samples[INBAND_WINDOW]) {
    double energy[BASES], total = 0, harmonics[2];
    for (int n = 0; n < INBAND_WINDOW; n++) total += (double)samples[n] * samples[n];
    if (total < LOUD * INBAND_WINDOW) return INBAND_NONE;
    goertzel(samples, base, BASES, energy);
    int row = strongest(energy), column = strongest(energy + ROWS);
    if (row < 0 || column < 0 || energy[row] + energy[ROWS + column] < SHARE_FIRST * total) return INBAND_NONE;
    double low = tone_energy(samples, row, energy[row]), high = tone_energy(samples, ROWS + column, energy[ROWS + column]);
    if (low <= 0 || high <= 0 || low + high < SHARE * total) return INBAND_NONE;
    if (low > ROW_STRONGER * high || high > COLUMN_STRONGER * low) return INBAND_NONE;
    double octaves[2] = {octave[row], octave[ROWS + column]};
    goertzel(samples, octaves, 2, harmonics);
    if (harmonics[0] > HARMONIC * low + HARMONIC_LEAK * high || harmonics[1] > HARMONIC * high) return INBAND_NONE;
    return (uint8_t)(events[row][column] | (low + high >= SHARE_PURE * total ? INBAND_PURE : 0));
}

static dtmf_press finish(inband_receiver *d) {
    d->active = 0;
    return (dtmf_press){d->event, d->duration};
}

static int judge(inband_receiver *d, uint8_t result, dtmf_press *out, int *started) {
    int ended = 0, pure = result != INBAND_NONE && result & INBAND_PURE;
    uint8_t seen = pure ? (uint8_t)(result & ~INBAND_PURE) : result;
    int again = seen != INBAND_NONE && seen == d->candidate;
    d->hits = again ? (uint8_t)(d->hits + (d->hits < INBAND_HITS)) : 1;
    d->pure = (uint8_t)((again && d->pure) || pure);
    d->candidate = seen;
    if (d->active && seen == d->event) {
        d->duration += INBAND_HOP * (d->misses + 1u);
        d->misses = 0;
    } else if (d->active && ++d->misses == INBAND_MISSES) {
        out[ended++] = finish(d);
    }
    if (seen != INBAND_NONE && d->hits == INBAND_HITS && d->pure && !(d->active && seen == d->event)) {
        if (d->active) out[ended++] = finish(d);
        d->active = 1;
        d->event = seen;
        d->misses = 0;
        d->duration = INBAND_WINDOW + INBAND_HOP * (INBAND_HITS - 1);
        *started = 1;
    }
    return ended;
}

/* How many presses ended in these samples (no more than a packet), and whether one began. */
int inband_hear(inband_receiver *d, const int16_t *samples, uint32_t count, dtmf_press out[INBAND_PRESSES], int *started) {
    int ended = 0;
    *started = 0;
    for (uint32_t i = 0; i < count; i++) {
        d->samples[d->filled++] = samples[i];
        if (d->filled < INBAND_WINDOW) continue;
        ended += judge(d, inband_window(d->samples), &out[ended], started);
        d->filled = INBAND_WINDOW - INBAND_HOP;
        memmove(d->samples, d->samples + INBAND_HOP, d->filled * sizeof d->samples[0]);
    }
    return ended;
}

static int16_t tone_sample(uint8_t event, uint32_t at, uint32_t length) {
    int row = 0, column = 0;
    for (int i = 0; i < ROWS * ROWS; i++)
        if (events[i / ROWS][i % ROWS] == event) row = i / ROWS, column = i % ROWS;
    int32_t sum = (LOW_PEAK * sines[(at * steps[row]) >> 22] + HIGH_PEAK * sines[(at * steps[ROWS + column]) >> 22]) >> 15;
    uint32_t edge = at + 1 < length - at ? at + 1 : length - at;
    return (int16_t)(edge < RAMP ? sum * (int32_t)edge >> 4 : sum);
}

int inband_next(dtmf_sender *d, int law, uint8_t *out, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = g711_silence[law];
        if (d->index == d->count) continue;
        if (!d->started) {
            d->started = 1;
            d->ends = 0;
            d->elapsed = d->timestamp = 0;
        }
        if (d->elapsed < d->tone) out[i] = g711_encode(law, tone_sample(d->digits[d->index], d->elapsed, d->tone));
        if (++d->elapsed < d->tone + d->gap) continue;
        d->index++;
        d->done++;
        d->started = 0;
    }
    return d->index == d->count;
}
