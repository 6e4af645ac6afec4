/* What a listener hears of a stream that comes in packets: in its order and pace, gaps concealed, pauses filled with their noise. */
#ifndef MEDIA_PLAYOUT_H
#define MEDIA_PLAYOUT_H

#include "conceal.h"
#include "jitter.h"

typedef struct {
    jitter_buffer buffer;
    concealer conceal;
    int32_t peak;
    uint32_t seed;
} playout;

enum { PULL_FRAMES_MAX = 480 };

void playout_start(playout *p, uint32_t width);
void playout_rest(playout *p, uint32_t ssrc, uint16_t sequence, uint32_t timestamp, const uint8_t *payload, uint32_t size);
/* frames * width samples. To make up what is missing costs more than all else: for nobody (`is_heard` 0) it stays silent. */
void playout_pull(playout *p, uint32_t frames, int64_t now, int is_heard, int16_t *samples);
#endif
