/* What a leg speaks when it is not G.711: samples are made of it as it comes in, and it of them as it goes out.
 *
 * Samples are of 8 kHz, or of 16 kHz while the leg is `wide`: bridged to another that can do so too. Play, record and level know
 * G.711 only; legs of the same coding pass each other's packets untouched. Lengths are frames of 8 kHz.
 */
#ifndef MEDIA_VOICE_H
#define MEDIA_VOICE_H

#include "g722.h"
#include "opus.h"

enum coding { CODING_G711 = 0, CODING_G722, CODING_OPUS, CODING_L16, CODING_L16_WIDE, CODINGS };
enum { CODED_SIZE_MAX = 5840, VOICE_FRAMES_MAX = 1460, HALF_TAPS = 16, HALF_MEMORY = 4 * HALF_TAPS - 2 };

/* `clock_scale`: RTP clock of the coding in units of 8 kHz; `event_scale`: that of its telephone events. */
typedef struct {
    uint8_t coding, clock_scale, event_scale, heard, wide, fec, has_order;
    uint16_t sequence; /* of the last packet that was decoded */
    uint32_t heard_stamp, heard_frames, end; /* where that packet ended */
    g722_coder g722_in, g722_out;
    int16_t down[HALF_MEMORY], down_sent[HALF_MEMORY], up[2 * HALF_TAPS - 1];
    void *opus;
} voice;

int voice_has(int coding); /* whether this machine can */
int voice_can_be_wide(const voice *v);
void voice_widen(voice *v, int wide);
void voice_set(voice *v, int coding, int event_scale, int fec, void *opus_memory);
uint32_t voice_frames(const voice *v, const uint8_t *payload, uint32_t size); /* its length in samples of 8 kHz */
uint32_t voice_decode(voice *v, const uint8_t *payload, uint32_t size, int16_t *samples); /* frames; 0: not understood */
uint32_t voice_encode(voice *v, const int16_t *samples, uint32_t frames, uint8_t *payload); /* its size, 0: cannot */
uint32_t voice_encode_codes(voice *v, int law, const uint8_t *codes, uint32_t frames, uint8_t *payload);
void voice_narrow(int wide, int16_t memory[HALF_MEMORY], int law, const int16_t *samples, uint32_t frames, uint8_t *codes);
/* How many packets before this one are lost that the coding can make up, and each as samples, in order. */
uint32_t voice_lost(voice *v, uint16_t sequence, uint32_t timestamp, uint32_t frames);
uint32_t voice_recover(voice *v, uint32_t behind, const uint8_t *payload, uint32_t size, uint32_t frames, int16_t *samples);
uint32_t voice_stamp(voice *v, uint32_t stamp); /* a timestamp that came, on the clock of 8 kHz */
void voice_scale_event(uint8_t payload[4], uint32_t from_scale, uint32_t to_scale); /* RFC 4733 2.3.5: its duration */

void half_down(int16_t memory[HALF_MEMORY], const int16_t *in, uint32_t count, int16_t *out); /* count: of what comes out */
void half_up(int16_t memory[2 * HALF_TAPS - 1], const int16_t *in, uint32_t count, int16_t *out); /* count: of what goes in */
#endif
