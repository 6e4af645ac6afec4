/* What is no RTP but belongs to a leg is handed to Python: one datagram of a socket pair for each, never more than is read. */
#ifndef MEDIA_ASIDE_H
#define MEDIA_ASIDE_H

#include <stdint.h>

#include "address.h"

enum { ASIDE_PER_SECOND_MAX = 50 };

/* Before the datagram itself; media/plane/records.py mirrors it. */
typedef struct {
    uint16_t leg, generation, port, unused;
    net_address address;
    uint64_t at_ns; /* when it came: it may have waited since */
} aside_head;

_Static_assert(sizeof(aside_head) == 32, "aside_head");

int aside_open(int fds[2]); /* [0] the loop writes, [1] Python reads */
int aside_put(int fd, const aside_head *head, const uint8_t *data, uint32_t size);
#endif
