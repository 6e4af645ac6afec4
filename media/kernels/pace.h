/* Senders whose timestamps go wrong, stand still or are of another clock: their packets are counted instead. */
#ifndef MEDIA_PACE_H
#define MEDIA_PACE_H

#include <stdint.h>

typedef struct {
    uint32_t stamp, out, arrival;                   /* of the packet before: its timestamp, and as it is used */
    uint32_t shift, stood;                          /* what pauses added in which timestamps stood still; of one that may be so */
    uint32_t first_stamp, first_arrival, in_window; /* of the packets that are judged together: how long they are */
    uint16_t sequence, frames;                      /* of the packet before: how long it is */
    uint32_t key, key_out; /* the timestamp of the key that is pressed, and the one in its place */
    uint8_t known, packets, wrong_windows, has_key, is_judged;
} pace;

void pace_restart(pace *p);
/* The timestamp to use for a packet of `frames`; both times in samples. */
uint32_t pace_stamp(pace *p, uint16_t sequence, uint32_t stamp, uint32_t frames, uint32_t arrival);
/* Whether it is newer than that of the newest packet of all, where timestamps mean something. */
int pace_goes_on(const pace *p, uint16_t newest, uint32_t stamp);
/* The same for a packet of a key, all of whose packets have one. */
uint32_t pace_key(pace *p, uint32_t stamp, int marker);
#endif
