/* Three kinds of frames as they lie: those that are here, those of a pause, those that are missing. */
#include "playout.h"

#include "comfort.h"

void playout_start(playout *p, uint32_t width) {
    jitter_start(&p->buffer, width);
    conceal_start(&p->conceal);
    p->peak = 0;
    p->seed = 1;
}

void playout_rest(playout *p, uint32_t ssrc, uint16_t sequence, uint32_t timestamp, const uint8_t *payload, uint32_t size) {
    jitter_pause(&p->buffer, ssrc, sequence, timestamp);
    p->peak = size > 0 ? comfort_peaks[payload[0] & 0x7f] : 0;
}

void playout_pull(playout *p, uint32_t frames, int64_t now, int is_heard, int16_t *samples) {
    uint8_t states[PULL_FRAMES_MAX];
    uint32_t width = p->buffer.width;
    if (jitter_pull(&p->buffer, frames, now, samples, states)) {
        conceal_true(&p->conceal, width, samples, frames * width);
        return;
    }
    for (uint32_t i = 0; i < frames; i++)
        if (states[i] == FRAME_PAUSED) p->seed = comfort_noise(p->seed, p->peak, samples + i * width, width);
    for (uint32_t from = 0, until; from < frames; from = until) {
        int missing = states[from] == FRAME_MISSING;
        for (until = from + 1; until < frames && (states[until] == FRAME_MISSING) == missing;) until++;
        if (missing && !is_heard) conceal_not(&p->conceal, width, samples + from * width, (until - from) * width);
        else if (missing) conceal_made(&p->conceal, width, samples + from * width, (until - from) * width);
        else conceal_true(&p->conceal, width, samples + from * width, (until - from) * width);
    }
}
