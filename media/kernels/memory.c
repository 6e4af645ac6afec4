/* The tables of a worker's legs: mapped once for as many as there may be, taken page by page as legs come. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "loop.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* A table of all legs, in pages of 2 MB where the kernel has them: of a thousand legs each packet would need others of 4 KB. */
static void *map(size_t size_bytes) {
    void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    madvise(memory, size_bytes, MADV_HUGEPAGE);
    return memory;
}

/* As `map`, but nobody pays for a neighbour that needs none of it. */
static void *map_apart(size_t size_bytes) {
    void *memory = map(size_bytes);
    if (memory != NULL) madvise(memory, size_bytes, MADV_NOHUGEPAGE);
    return memory;
}

static int watch(loop *l, int fd, uint32_t token, uint32_t how) {
    struct epoll_event want = {.events = how, .data.u32 = token};
    return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &want) == 0;
}

int loop_memory(loop *l, uint32_t legs_max) {
    l->legs_max = legs_max;
    l->legs = map(legs_max * sizeof(leg));
    l->stats = map(legs_max * sizeof(statistics));
    l->recordings = map(legs_max * sizeof(recording));
    l->rings = map_apart((size_t)legs_max * RECORD_RING * 4);
    l->rooms = map(legs_max * sizeof(room));
    l->spoken = map((size_t)legs_max * ROOM_RING * 2);
    l->playouts = map(legs_max * sizeof(playout));
    if (opus_pair_size() > 0) l->opus = map(legs_max * opus_pair_size());
    l->open_legs = map(legs_max * sizeof(uint16_t));
    l->count = map(sizeof(counters));
    for (int i = 0; i < WHEEL_SLOTS; i++) l->wheel[i] = NO_LEG;
    l->aside_fds[0] = l->aside_fds[1] = l->commands.wake_fd = l->events.wake_fd = -1;
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->calm_fd = epoll_create1(EPOLL_CLOEXEC);
    l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return l->legs && l->stats && l->recordings && l->rings && l->rooms && l->spoken && l->playouts && l->open_legs && l->count && l->epoll_fd >= 0 &&
           l->calm_fd >= 0 && l->timer_fd >= 0 && aside_open(l->aside_fds) && ring_open(&l->commands, sizeof(command), COMMAND_RING) &&
           ring_open(&l->events, sizeof(event), EVENT_RING) && watch(l, l->commands.wake_fd, TOKEN_COMMANDS, EPOLLIN) &&
           watch(l, l->timer_fd, TOKEN_TIMER, EPOLLIN | EPOLLET);
}

static void unmap(void *memory, size_t size_bytes) {
    if (memory != NULL) munmap(memory, size_bytes);
}

void loop_free(loop *l) {
    command c;
    while (l->commands.records != NULL && ring_pull(&l->commands, &c, 1) == 1) command_forget(&c);
    for (uint32_t i = 0; i < l->open_count; i++) {
        leg *g = &l->legs[l->open_legs[i]];
        if (g->line >= 0) close(g->line);
        srtp_end(&g->srtp, &l->retired);
    }
    srtp_free_retired(&l->retired);
    unmap(l->legs, l->legs_max * sizeof(leg));
    unmap(l->stats, l->legs_max * sizeof(statistics));
    unmap(l->recordings, l->legs_max * sizeof(recording));
    unmap(l->rings, (size_t)l->legs_max * RECORD_RING * 4);
    unmap(l->rooms, l->legs_max * sizeof(room));
    unmap(l->spoken, (size_t)l->legs_max * ROOM_RING * 2);
    unmap(l->playouts, l->legs_max * sizeof(playout));
    unmap(l->opus, l->legs_max * opus_pair_size());
    unmap(l->open_legs, l->legs_max * sizeof(uint16_t));
    unmap(l->count, sizeof(counters));
    ring_close(&l->commands);
    ring_close(&l->events);
    if (l->epoll_fd >= 0) close(l->epoll_fd);
    if (l->calm_fd >= 0) close(l->calm_fd);
    if (l->timer_fd >= 0) close(l->timer_fd);
    for (int i = 0; i < 2; i++)
        if (l->aside_fds[i] >= 0) close(l->aside_fds[i]);
}

/* Before the loop writes there. A kernel before 5.14 cannot: there it waits for its pages itself. */
static void take_pages(void *from, size_t size_bytes) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)from & ~(page - 1);
    madvise((void *)first, (uintptr_t)from + size_bytes - first, MADV_POPULATE_WRITE);
}

static void take_ear(loop *l, uint16_t leg) { take_pages(&l->playouts[leg], sizeof(playout)); }

static void take_voice(loop *l, const command *c) {
    l->codings[c->leg] = c->u.remote.coding;
    if (c->u.remote.coding == CODING_OPUS && l->opus != NULL) take_pages(l->opus + c->leg * opus_pair_size(), opus_pair_size());
}

void loop_take_pages(loop *l, const command *c) {
    if (c->leg >= l->legs_max) return;
    if (c->op == OP_OPEN) {
        l->codings[c->leg] = CODING_G711;
        take_pages(&l->legs[c->leg], sizeof(leg));
        take_pages(&l->stats[c->leg], sizeof(statistics));
    } else if (c->op == OP_REMOTE) {
        take_voice(l, c);
    } else if (c->op == OP_BRIDGE && c->u.bridge.other < l->legs_max && l->codings[c->leg] != l->codings[c->u.bridge.other]) {
        take_ear(l, c->leg);
        take_ear(l, c->u.bridge.other);
    } else if (c->op == OP_JOIN && c->u.join.room < l->legs_max) {
        take_ear(l, c->leg);
        take_pages(l->spoken + (size_t)c->leg * ROOM_RING, ROOM_RING * sizeof(int16_t));
        take_pages(&l->rooms[c->u.join.room], sizeof(room));
    } else if (c->op == OP_RECORD_START) {
        take_pages(&l->recordings[c->leg], sizeof(recording));
        take_pages(l->rings + (size_t)c->leg * RECORD_RING * 2, RECORD_RING * 2 * sizeof(int16_t));
    }
}
