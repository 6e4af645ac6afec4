/* From the codings of voice.h to G.711 and back, and the two halves of the 16 kHz filter (linear phase, 63 taps, half band). */
#include "voice.h"

#include <string.h>

#include "g711.h"

enum { MIDDLE = 16384, ROUND = 16384, SHIFT = 15, RECOVERED_MAX = 3 };

/* The taps 1, 3, 5, ... off the middle; those 2, 4, ... off it are zero. Sum 0.25, like the other side: the pass band is even. */
static const int16_t half_taps[HALF_TAPS] = {10406, -3395, 1951, -1306, 930, -680, 502, -369,
                                             268, -191, 132, -88, 56, -34, 18, -8};

static int16_t clip(int64_t value) { return (int16_t)(value < -32768 ? -32768 : value > 32767 ? 32767 : value); }

void half_down(int16_t memory[HALF_MEMORY], const int16_t *in, uint32_t count, int16_t *out) {
    int16_t line[HALF_MEMORY + 2 * VOICE_FRAMES_MAX];
    memcpy(line, memory, HALF_MEMORY * 2);
    memcpy(line + HALF_MEMORY, in, count * 4);
    for (uint32_t n = 0; n < count; n++) {
        const int16_t *middle = line + 2 * n + HALF_MEMORY / 2;
        int64_t sum = (int64_t)MIDDLE * *middle + ROUND;
        for (int k = 0; k < HALF_TAPS; k++) sum += half_taps[k] * ((int64_t)middle[2 * k + 1] + middle[-2 * k - 1]);
        out[n] = clip(sum >> SHIFT);
    }
    memcpy(memory, line + 2 * count, HALF_MEMORY * 2);
}

void half_up(int16_t memory[2 * HALF_TAPS - 1], const int16_t *in, uint32_t count, int16_t *out) {
    enum { MEMORY = 2 * HALF_TAPS - 1 };
    int16_t line[MEMORY + VOICE_FRAMES_MAX];
    memcpy(line, memory, MEMORY * 2);
    memcpy(line + MEMORY, in, count * 2);
    for (uint32_t n = 0; n < count; n++) {
        const int16_t *after = line + n + HALF_TAPS; /* the sample wanted lies between this one and the one before */
        int64_t sum = ROUND / 2;
        for (int k = 0; k < HALF_TAPS; k++) sum += half_taps[k] * ((int64_t)after[k] + after[-k - 1]);
        out[2 * n] = clip(sum >> (SHIFT - 1));
        out[2 * n + 1] = *after;
    }
    memcpy(memory, line + count, MEMORY * 2);
}

int voice_has(int coding) { return coding >= 0 && coding < CODINGS && (coding != CODING_OPUS || opus_pair_size() > 0); }

void voice_set(voice *v, int coding, int event_scale, int fec, void *opus_memory) {
    static const uint8_t scales[CODINGS] = {1, 1, 6, 1, 2};
    int usable = voice_has(coding) && (coding != CODING_OPUS || opus_memory != NULL) ? coding : CODING_G711;
    v->event_scale = (uint8_t)(event_scale > 0 ? event_scale : 1);
    v->fec = fec != 0;
    if (v->clock_scale != 0 && v->coding == usable) { /* a refresh of the session: the stream goes on */
        if (usable == CODING_OPUS) opus_pair_protect(v->opus, v->fec);
        return;
    }
    v->coding = (uint8_t)usable;
    v->clock_scale = scales[usable];
    v->heard = 0;
    v->wide = v->has_order = 0;
    memset(v->down, 0, sizeof v->down), memset(v->down_sent, 0, sizeof v->down_sent), memset(v->up, 0, sizeof v->up);
    g722_start(&v->g722_in), g722_start(&v->g722_out);
    v->opus = opus_memory;
    if (usable == CODING_OPUS && !opus_pair_start(v->opus, fec, 0)) v->coding = CODING_G711, v->clock_scale = 1;
}

int voice_can_be_wide(const voice *v) { return v->coding == CODING_G722 || v->coding == CODING_OPUS || v->coding == CODING_L16_WIDE; }

void voice_widen(voice *v, int wide) {
    if (v->wide == wide) return;
    v->wide = (uint8_t)wide;
    v->has_order = 0;
    if (v->coding == CODING_OPUS) opus_pair_start(v->opus, v->fec, wide);
}

uint32_t voice_frames(const voice *v, const uint8_t *payload, uint32_t size) {
    switch (v->coding) {
    case CODING_OPUS: return opus_frames(payload, size);
    case CODING_L16: return size / 2;
    case CODING_L16_WIDE: return size / 4;
    default: return size;
    }
}

static void read_words(const uint8_t *payload, uint32_t count, int16_t *out) { /* RFC 3551 4.5.11: network order */
    for (uint32_t i = 0; i < count; i++) out[i] = (int16_t)(payload[2 * i] << 8 | payload[2 * i + 1]);
}

static void write_words(const int16_t *samples, uint32_t count, uint8_t *payload) {
    for (uint32_t i = 0; i < count; i++) {
        payload[2 * i] = (uint8_t)((uint16_t)samples[i] >> 8), payload[2 * i + 1] = (uint8_t)samples[i];
    }
}

uint32_t voice_decode(voice *v, const uint8_t *payload, uint32_t size, int16_t *samples) {
    int16_t wide[2 * VOICE_FRAMES_MAX];
    uint32_t count = voice_frames(v, payload, size);
    if (count == 0 || count > VOICE_FRAMES_MAX) return 0;
    switch (v->coding) {
    case CODING_G722: g722_decode(&v->g722_in, payload, count, v->wide, samples); break;
    case CODING_OPUS: return opus_pair_decode(v->opus, payload, size, v->wide, samples);
    case CODING_L16: read_words(payload, count, samples); break;
    case CODING_L16_WIDE:
        read_words(payload, 2 * count, v->wide ? samples : wide);
        if (!v->wide) half_down(v->down, wide, count, samples);
        break;
    default: return 0;
    }
    return count;
}

uint32_t voice_lost(voice *v, uint16_t sequence, uint32_t timestamp, uint32_t frames) {
    int ahead = (int16_t)(sequence - v->sequence), lost = ahead - 1, had_order = v->has_order;
    uint32_t start = v->end;
    if (had_order && ahead <= 0) return 0;
    v->has_order = 1;
    v->sequence = sequence;
    v->end = timestamp + frames;
    return had_order && v->coding == CODING_OPUS && lost > 0 && lost <= RECOVERED_MAX && timestamp - start == (uint32_t)lost * frames
               ? (uint32_t)lost : 0;
}

uint32_t voice_recover(voice *v, uint32_t behind, const uint8_t *payload, uint32_t size, uint32_t frames, int16_t *samples) {
    return opus_pair_recover(v->opus, behind == 1 ? payload : NULL, behind == 1 ? size : 0, frames, v->wide, samples);
}

uint32_t voice_encode(voice *v, const int16_t *samples, uint32_t frames, uint8_t *payload) {
    int16_t wide[2 * VOICE_FRAMES_MAX];
    if (frames == 0 || frames > VOICE_FRAMES_MAX) return 0;
    switch (v->coding) {
    case CODING_G722: g722_encode(&v->g722_out, samples, frames, v->wide, payload); return frames;
    case CODING_OPUS: return opus_pair_encode(v->opus, samples, frames, v->wide, payload, VOICE_FRAMES_MAX);
    case CODING_L16: write_words(samples, frames, payload); return 2 * frames;
    case CODING_L16_WIDE:
        if (!v->wide) half_up(v->up, samples, frames, wide);
        write_words(v->wide ? samples : wide, 2 * frames, payload);
        return 4 * frames;
    default: return 0;
    }
}

uint32_t voice_encode_codes(voice *v, int law, const uint8_t *codes, uint32_t frames, uint8_t *payload) {
    int16_t samples[VOICE_FRAMES_MAX], wide[2 * VOICE_FRAMES_MAX];
    if (frames == 0 || frames > VOICE_FRAMES_MAX) return 0;
    for (uint32_t i = 0; i < frames; i++) samples[i] = g711_linear[law][codes[i]];
    if (v->wide) half_up(v->up, samples, frames, wide);
    return voice_encode(v, v->wide ? wide : samples, frames, payload);
}

void voice_narrow(int wide, int16_t memory[HALF_MEMORY], int law, const int16_t *samples, uint32_t frames, uint8_t *codes) {
    int16_t narrow[VOICE_FRAMES_MAX];
    int32_t words[VOICE_FRAMES_MAX];
    if (wide) half_down(memory, samples, frames, narrow), samples = narrow;
    for (uint32_t i = 0; i < frames; i++) words[i] = samples[i];
    g711_encode_all(law, words, codes, frames);
}

/* By steps: a 32-bit clock of another rate turns over at another time. */
uint32_t voice_stamp(voice *v, uint32_t stamp) {
    if (v->clock_scale <= 1) return stamp;
    if (!v->heard) v->heard = 1, v->heard_stamp = stamp, v->heard_frames = stamp / v->clock_scale;
    int64_t step = (int32_t)(stamp - v->heard_stamp), scale = v->clock_scale;
    int64_t frames = step >= 0 ? step / scale : -((scale - 1 - step) / scale);
    uint32_t at = v->heard_frames + (uint32_t)frames;
    if (frames > 0) v->heard_frames = at, v->heard_stamp += (uint32_t)(frames * scale);
    return at;
}

void voice_scale_event(uint8_t payload[4], uint32_t from_scale, uint32_t to_scale) {
    if (from_scale == to_scale) return;
    uint32_t duration = ((uint32_t)payload[2] << 8 | payload[3]) * to_scale / from_scale;
    if (duration > 0xffff) duration = 0xffff;
    payload[2] = (uint8_t)(duration >> 8), payload[3] = (uint8_t)duration;
}
