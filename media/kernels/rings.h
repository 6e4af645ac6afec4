/* Single-producer single-consumer rings of fixed records, with an eventfd that wakes the reader. */
#ifndef MEDIA_RINGS_H
#define MEDIA_RINGS_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct {
    uint8_t *records;
    uint32_t size_bytes, capacity; /* of one record; number of records, a power of two */
    int wake_fd;
    _Alignas(64) atomic_uint head;
    _Alignas(64) atomic_uint tail;
} ring;

int ring_open(ring *r, uint32_t size_bytes, uint32_t capacity);
void ring_close(ring *r);
int ring_push(ring *r, const void *record); /* 0 when full; the reader wakes */
int ring_put(ring *r, const void *record);  /* as ring_push, and the writer wakes the reader later: once for all that it puts */
uint32_t ring_room(const ring *r);          /* of the writer: so many more, at least */
uint32_t ring_pull(ring *r, void *records, uint32_t count_max);
void ring_wake(ring *r); /* the reader comes once more */
void ring_clear_wake(ring *r);
#endif
