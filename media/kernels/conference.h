/* Rooms: everybody hears the sum of the loudest few without himself (N-1 mixing), on the time line of the machine's clock. */
#ifndef MEDIA_CONFERENCE_H
#define MEDIA_CONFERENCE_H

#include "layout.h"

enum { ROOM_BLOCK = 80, ROOM_RING = 20 * ROOM_BLOCK, ROOM_AHEAD = ROOM_RING / 2, ROOM_SPEAKERS = 4 }; /* in samples: no block wraps */
enum { ROOM_PEAK = 31000, ROOM_GAIN_ONE = 1 << 15, ROOM_GAIN_STEP = 256, ROOM_RAMP_SHIFT = 4 };
enum { ROOM_LOUD = 53700 * ROOM_BLOCK, ROOM_QUIET = 5370 * ROOM_BLOCK }; /* energy of a block at -40 and -50 dBov */
enum { NO_ROOM = 0xffff, ROOM_TOGETHER = 16 };

/* One member. It is heard through its play-out buffer; what was added of it before the room's head is in loop_spoken. */
typedef struct {
    uint64_t level, added_until; /* loudness: rises at once, falls slowly; where its last addition ends */
    uint16_t room, next, previous, to; /* `to`: the only leg that hears this one, or NO_LEG */
    uint8_t muted, deaf, adding, chosen, speaking;
} seat;

typedef struct {
    uint64_t head, coded[2]; /* mixed so far; encoded so far for those who added nothing */
    int32_t sum[ROOM_RING];
    uint8_t codes[2][ROOM_RING];
    int32_t gain;
    uint16_t first, count, whispers; /* `first` only while `count` is more than none */
} room;
#endif
