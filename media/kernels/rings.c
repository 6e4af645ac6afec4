/* Rings: the only way commands come into the packet loop and events leave it. */
#include "rings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int ring_open(ring *r, uint32_t size_bytes, uint32_t capacity) {
    r->records = calloc(capacity, size_bytes);
    r->size_bytes = size_bytes;
    r->capacity = capacity;
    r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return r->records != NULL && r->wake_fd >= 0;
}

void ring_close(ring *r) {
    free(r->records);
    r->records = NULL;
    if (r->wake_fd >= 0) close(r->wake_fd);
    r->wake_fd = -1;
}

int ring_put(ring *r, const void *record) {
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
    if (head - tail == r->capacity) return 0;
    memcpy(r->records + (size_t)(head & (r->capacity - 1)) * r->size_bytes, record, r->size_bytes);
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
    return 1;
}

uint32_t ring_room(const ring *r) {
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    return r->capacity - (head - atomic_load_explicit(&r->tail, memory_order_acquire));
}

int ring_push(ring *r, const void *record) {
    int pushed = ring_put(r, record);
    if (pushed) ring_wake(r); /* on every push: signalling only on empty -> non-empty loses wake-ups against a reader that is just leaving */
    return pushed;
}

void ring_wake(ring *r) {
    uint64_t one = 1;
    ssize_t written = write(r->wake_fd, &one, sizeof one);
    (void)written; /* EAGAIN means the counter is already far above zero: the reader will come */
}

uint32_t ring_pull(ring *r, void *records, uint32_t count_max) {
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    uint32_t ready = atomic_load_explicit(&r->head, memory_order_acquire) - tail;
    uint32_t count = ready < count_max ? ready : count_max;
    for (uint32_t i = 0; i < count; i++)
        memcpy((uint8_t *)records + (size_t)i * r->size_bytes,
               r->records + (size_t)((tail + i) & (r->capacity - 1)) * r->size_bytes, r->size_bytes);
    atomic_store_explicit(&r->tail, tail + count, memory_order_release);
    return count;
}

void ring_clear_wake(ring *r) {
    uint64_t count;
    ssize_t got = read(r->wake_fd, &count, sizeof count);
    (void)got;
}
