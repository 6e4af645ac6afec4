/* Which of a source's streams is heard: one at a time, whatever SSRC its packets have. */
#ifndef MEDIA_HEARD_H
#define MEDIA_HEARD_H

#include <stdint.h>

enum { STREAMS_MAX = 4 };
enum hearing { HEARD = 0, HEARD_ON, BESIDE }; /* HEARD_ON: under another SSRC, of the stream that is heard */

/* What every packet needs. `as`: the SSRC with which that stream began. */
typedef struct {
    uint64_t last_ns;
    uint32_t ssrc, as;
    uint8_t known, hops;
} heard_stream;

typedef struct {
    uint64_t last_ns;
    uint32_t ssrc;
} spoken_stream;

/* The newest first. */
typedef struct {
    spoken_stream of[STREAMS_MAX];
    uint32_t count;
} spoken_streams;

/* A packet of another SSRC than the last one's. `ahead`: of the newest number of what is heard. */
enum hearing heard_other(heard_stream *h, spoken_streams *all, uint32_t ssrc, int is_voice, int ahead, uint64_t now_ns);
#endif
