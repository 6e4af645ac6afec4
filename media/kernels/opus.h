/* Opus (RFC 6716) by the system's libopus, found when it is first asked for; one channel, at 8 kHz or (`wide`) 16 kHz. */
#ifndef MEDIA_OPUS_H
#define MEDIA_OPUS_H

#include <stddef.h>
#include <stdint.h>

enum { OPUS_FRAMES_MAX = 960 }; /* 120 ms at 8 kHz */

/* A decoder and an encoder in one piece of memory, of opus_pair_size() bytes. */
size_t opus_pair_size(void); /* 0: there is no libopus here */
int opus_pair_start(void *memory, int fec, int wide);
void opus_pair_protect(void *memory, int fec); /* what it says from now on, by in-band FEC or not */
uint32_t opus_pair_decode(void *memory, const uint8_t *payload, uint32_t size, int wide, int16_t *samples); /* 0: it cannot be */
/* A lost packet of `frames`, from what the next one says of it (its in-band FEC), or, without that one, from what came before. */
uint32_t opus_pair_recover(void *memory, const uint8_t *next, uint32_t size, uint32_t frames, int wide, int16_t *samples);
uint32_t opus_pair_encode(void *memory, const int16_t *samples, uint32_t count, int wide, uint8_t *payload, uint32_t size_max);
uint32_t opus_frames(const uint8_t *payload, uint32_t size); /* how long a packet is, in samples of 8 kHz */
#endif
