/* Bursts and gaps of what was lost or came too late to be played, by the definition of RFC 3611 4.7.2 with Gmin 16. */
#ifndef MEDIA_BURST_H
#define MEDIA_BURST_H

#include "layout.h"

enum { BURST_GAP_MIN = 16 };

typedef struct {
    uint32_t good; /* packets in a row since the last one that was gone; more than BURST_GAP_MIN count as that many */
    uint8_t in_burst, started;
} burst_state;

void burst_good(burst_state *b, statistics *s);
void burst_gone(burst_state *b, statistics *s, uint32_t count); /* so many in a row */
#endif
