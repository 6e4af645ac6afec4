/* A leg's recording ring: two lines of 16-bit samples on the leg's own time line, what was heard and then what was sent. */
#ifndef MEDIA_RECORD_H
#define MEDIA_RECORD_H

#include <stdatomic.h>

#include "layout.h"

enum { RECORD_EARLY_FRAMES = 2400, RECORD_LATE_FRAMES = 8000 };

/* Where a stream's timestamps lie on the time line, and until where it was heard. */
typedef struct {
    uint64_t end;
    uint32_t shift;
    uint8_t set;
} record_anchor;

void record_start(recording *r, record_anchor anchors[2], uint64_t now_ns);
void record_stop(recording *r, uint64_t now_ns);
void record_put(recording *r, record_anchor *anchor, int16_t *ring, int channel, uint32_t timestamp, int law,
                const uint8_t *codes, uint32_t count, uint64_t now_ns);
/* Moves frames [tail, head), one ring of them at most, to `out`, left and right in turns; how many. */
uint32_t record_take(recording *r, int16_t *ring, uint64_t head, int16_t *out);
void record_release(recording *r, int16_t *ring); /* read to its end: the ring may be used again */
#endif
