/* The start of a packet, of one in four: the same tone in four of them, at one level, has lasted 240 ms or more, which speech does
 * not. A window of 10 ms lets CNG be 38 Hz off, as T.30 does.
 */
#include "fax.h"

#include <math.h>

#include "g711.h"
#include "layout.h"

static const double HERTZ[FAX_TONES] = {0, 1100, 2100};
static const double LOUD = 15000, SHARE = 0.5, STEADY = 1.6; /* energy a sample (-42 dBm0); of all; from window to window */
static double turns[FAX_TONES];

void fax_prepare(void) {
    for (int i = FAX_CNG; i < FAX_TONES; i++) turns[i] = 2.0 * cos(2.0 * M_PI * HERTZ[i] / SAMPLE_RATE);
}

/* The tone that explains more than half of it: both filters in one pass, for each step of one waits for the step before. */
static uint8_t loudest(const int16_t samples[FAX_WINDOW], double total) {
    double before[FAX_TONES] = {0}, last[FAX_TONES] = {0};
    uint8_t tone = FAX_NONE;
    for (int n = 0; n < FAX_WINDOW; n++)
        for (int i = FAX_CNG; i < FAX_TONES; i++) {
            double now = samples[n] + turns[i] * last[i] - before[i];
            before[i] = last[i];
            last[i] = now;
        }
    for (uint8_t i = FAX_CNG; i < FAX_TONES; i++) {
        double energy = (last[i] * last[i] + before[i] * before[i] - turns[i] * last[i] * before[i]) * 2.0 / FAX_WINDOW;
        if (energy > SHARE * total) tone = i;
    }
    return tone;
}

enum fax_tone fax_hear(fax_listener *f, int law, const uint8_t *codes, uint32_t count) {
    int16_t samples[FAX_WINDOW];
    double total = 0;
    uint8_t tone = FAX_NONE;
    if (count < FAX_WINDOW) return FAX_NONE;
    for (int i = 0; i < FAX_WINDOW; i++) samples[i] = g711_linear[law][codes[i]], total += (double)samples[i] * samples[i];
    if (total > LOUD * FAX_WINDOW) tone = loudest(samples, total);
    int goes_on = tone == f->tone && total < STEADY * f->energy && f->energy < STEADY * total;
    f->hits = tone == FAX_NONE ? 0 : goes_on ? (uint8_t)(f->hits + (f->hits < FAX_HITS)) : 1;
    f->tone = tone;
    f->energy = total;
    if (f->hits < FAX_HITS || f->told >> tone & 1) return FAX_NONE;
    f->told |= (uint8_t)(1 << tone);
    return tone;
}
