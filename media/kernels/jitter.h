/* An adaptive play-out buffer: frames in with their arrival, frames out at play-out ticks, and which of them are missing.
 *
 * A frame of position p is played at p + base + target: `base` is the transit of the fastest packet lately, `target` the 98th
 * percentile of how much later the others were. It rises at once and falls slowly. The position played is brought to where the
 * target wants it in quiet or missing places only. All times are frames of 8 kHz; a frame has `width` samples.
 */
#ifndef MEDIA_JITTER_H
#define MEDIA_JITTER_H

#include <stdint.h>

enum { JITTER_LINE = 1 << 13, JITTER_RECENT = 256, JITTER_WIDTH_MAX = 2 };
enum frame_state { FRAME_MISSING = 0, FRAME_HERE, FRAME_PAUSED };

typedef struct {
    int64_t end, at, base, fell_at, quiet_until, first; /* after the newest packet; played next; ...; the first transit */
    uint32_t ssrc;
    int32_t target;
    uint16_t top_sequence, recent, next_recent;
    uint8_t width, begun, playing, late_run;
    int32_t transits[JITTER_RECENT], ordered[JITTER_RECENT]; /* of the last packets, less `first` */
    uint64_t here[JITTER_LINE / 64];
    int16_t line[JITTER_LINE * JITTER_WIDTH_MAX];
} jitter_buffer;

void jitter_start(jitter_buffer *j, uint32_t width);
/* 0: its time has passed, it is lost for the listener. */
int jitter_push(jitter_buffer *j, uint32_t ssrc, uint16_t sequence, uint32_t timestamp, const int16_t *samples, uint32_t frames,
                int64_t arrival);
void jitter_pause(jitter_buffer *j, uint32_t ssrc, uint16_t sequence, uint32_t timestamp); /* from here on it is quiet */
void jitter_unlearn(jitter_buffer *j, uint32_t packets); /* when the newest ones came says nothing of the network */
/* 1: all of the frames are here, `states` says nothing. */
int jitter_pull(jitter_buffer *j, uint32_t frames, int64_t now, int16_t *samples, uint8_t *states);
int jitter_is_over(const jitter_buffer *j, int64_t now); /* nothing has come for a second, and no pause was announced */
#endif
