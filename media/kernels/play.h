/* A playlist of mu-law arena segments, read gaplessly in packets. */
#ifndef MEDIA_PLAY_H
#define MEDIA_PLAY_H

#include "layout.h"

enum { PLAY_GAIN_ONE = 1 << 12, PLAY_GAIN_SHIFT = 12 };

typedef struct { uint32_t offset, frames; } segment;

typedef struct {
    uint8_t active, loop, stop_on_key;
    uint16_t count, gain; /* PLAY_GAIN_ONE: as it is */
    uint32_t token, index, position;
    segment list[SEGMENTS_MAX];
} player;

typedef struct { segment list[SEGMENTS_MAX]; uint16_t count; } playlist;

void play_add(playlist *next, const segment *segments, uint32_t count, uint32_t arena_size);
void play_start(player *p, playlist *next, uint32_t token, int loop, int stop_on_key);
void play_seek(player *p, uint32_t frames);
int play_read(player *p, const uint8_t *arena, int law, uint8_t *out, uint32_t frames); /* 1 when this ended it */
#endif
