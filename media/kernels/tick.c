/* The loop's thread: wait, commands, packets, pacing, housekeeping. It allocates nothing, logs nothing, touches no disk. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"

enum { FIFO_PRIORITY = 10, NICE = -10 };
enum { STANDSTILL_MS_MIN = 1000 };
enum { CALM_MS_MAX = 10, CALM_PACKETS_MAX = 256 };

static uint64_t read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

uint64_t clock_ns(void) { return read_clock(CLOCK_MONOTONIC); }

void loop_look_at_wall(loop *l) { l->wall_offset_ns = (int64_t)(read_clock(CLOCK_REALTIME) - clock_ns()); }

/* Room is left for the ends of all legs: one that is not told of would keep its place and its ports for ever. */
static void put_event(loop *l, const event *e) {
    int has_room = e->kind == EVENT_CLOSED || ring_room(&l->events) > LEGS_MAX;
    if (!has_room || !ring_push(&l->events, e)) l->count->events_dropped++;
}

void loop_tell(loop *l, const leg *g, uint8_t kind, uint8_t code, uint32_t a, uint32_t b, uint32_t c, uint64_t now_ns) {
    event e = {.kind = kind, .code = code, .leg = NO_LEG, .at_ns = now_ns, .a = a, .b = b, .c = c};
    if (g != NULL) e.leg = g->index, e.generation = g->generation;
    put_event(l, &e);
}

void loop_tell_source(loop *l, const leg *g, uint8_t kind, uint8_t code, const net_address *address, uint16_t port,
                      uint64_t now_ns) {
    event e = {.kind = kind, .code = code, .leg = g->index, .generation = g->generation, .port = port, .at_ns = now_ns};
    e.address = *address;
    put_event(l, &e);
}

static void watch_silence(loop *l, leg *g, uint64_t now_ns) {
    uint64_t heard = l->stats[g->index].last_rx_ns, since = heard > g->rx_watch_ns ? heard : g->rx_watch_ns;
    if (g->rx_timeout_ms == 0 || g->timed_out || now_ns < since + g->rx_timeout_ms * MS) return;
    g->timed_out = 1;
    loop_tell(l, g, EVENT_RX_TIMEOUT, 0, 0, 0, 0, now_ns);
}

/* `stood_still`: what came meanwhile waits in the sockets, and nobody is silent who is just not heard yet. */
static void watch_leg(loop *l, leg *g, int is_second, int stood_still, uint64_t now_ns) {
    dtmf_press press;
    if (dtmf_expire(&g->keys_in, now_ns, &press)) receive_press(l, g, &press, 0, now_ns);
    if (!stood_still) watch_silence(l, g, now_ns);
    if (!is_second) return;
    g->asides = g->guests = g->heard = g->presses = 0;
    uint32_t foreign = l->stats[g->index].foreign;
    int is_fixed = g->source.locked && !(g->share.kinds & SHARE_ICE); /* checks may come from anywhere */
    if (is_fixed && foreign - g->foreign_before > FLOOD_FOREIGN_MAX) socket_shut(l, g);
    g->foreign_before = foreign;
}

static void each_second(loop *l, uint64_t now_ns) {
    uint64_t busy_ns = read_clock(CLOCK_THREAD_CPUTIME_ID), wall_ns = now_ns - l->second_ms * MS;
    l->count->busy_ns = busy_ns;
    l->count->busy_permille = wall_ns > 0 ? (uint32_t)((busy_ns - l->busy_before_ns) * 1000 / wall_ns) : 0;
    l->busy_before_ns = busy_ns;
    l->second_ms = now_ns / MS;
    loop_look_at_wall(l);
    if (l->count->busy_permille >= 750) loop_tell(l, NULL, EVENT_OVERLOAD, 0, l->count->busy_permille, 0, 0, now_ns);
}

static void housekeeping(loop *l, uint64_t now_ns) {
    if (now_ns / MS < l->housekeeping_ms) return;
    int is_second = now_ns / MS >= l->second_ms + 1000, stood_still = now_ns / MS > l->housekeeping_ms + STANDSTILL_MS_MIN;
    for (uint32_t i = 0; i < l->open_count; i++) watch_leg(l, &l->legs[l->open_legs[i]], is_second, stood_still, now_ns);
    if (is_second) each_second(l, now_ns);
    l->count->now_ns = now_ns;
    l->housekeeping_ms = now_ns / MS + HOUSEKEEPING_MS;
}

static void arm(loop *l) {
    uint64_t next_ms = wheel_next_ms(l), line_ms = lines_next_ms(l);
    if (next_ms > line_ms) next_ms = line_ms;
    if (next_ms > l->housekeeping_ms) next_ms = l->housekeeping_ms;
    if (l->calm_legs > 0 && next_ms > l->calm_ms + CALM_MS_MAX) next_ms = l->calm_ms + CALM_MS_MAX;
    if (next_ms == l->armed_ms) return;
    l->armed_ms = next_ms;
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(next_ms / 1000), .tv_nsec = (long)(next_ms % 1000 * MS)}};
    timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void raise_priority(loop *l) {
    struct sched_param fifo = {.sched_priority = FIFO_PRIORITY};
    if (l->cpu >= 0) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET((size_t)l->cpu, &one);
        pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    }
    if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &fifo) == 0) l->count->priority = 2;
    else if (setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE) == 0) l->count->priority = 1;
}

/* What the packets after this one need is on its way into the cache meanwhile. */
static void fetch_ahead(const loop *l, const struct epoll_event *ready, int left) {
    if (left > 2 && ready[2].data.u32 < TOKEN_COMMANDS) fetch(&l->legs[ready[2].data.u32 & ~LINE_TOKEN], 1);
    if (left < 2 || ready[1].data.u32 >= TOKEN_COMMANDS) return;
    uint16_t next = ready[1].data.u32 & ~LINE_TOKEN, peer = l->legs[next].peer;
    fetch_leg(l, next);
    if (peer != NO_LEG) fetch_leg(l, peer);
}

/* Who wakes nobody may sit in a room: where its sound goes is told by its buffer only when that has come itself. */
static void fetch_ear_ahead(const loop *l, const struct epoll_event *ready, int left) {
    if (left > 2) fetch(&l->legs[ready[2].data.u32 & ~LINE_TOKEN].seat, 1);
    if (left < 2) return;
    const leg *g = &l->legs[ready[1].data.u32 & ~LINE_TOKEN];
    if (g->seat.room != NO_ROOM) fetch(&l->playouts[g->index].buffer, offsetof(jitter_buffer, transits));
}

static void serve_leg(loop *l, const struct epoll_event *ready, int left, uint64_t now_ns) {
    uint32_t token = ready->data.u32;
    leg *g = &l->legs[token & ~LINE_TOKEN];
    fetch_ahead(l, ready, left);
    if (g->open) receive_packet(l, g, token & LINE_TOKEN ? g->line : g->fd, now_ns);
}

static void look_begins(loop *l) { l->is_first = 1, l->look_ns = 0; }

/* What has come since the last look for legs that wake nobody; so much at once, and the rest after the ticks. */
static void serve_calm(loop *l, uint64_t now_ns) {
    struct epoll_event ready[EVENTS_PER_WAIT];
    int count = l->calm_legs > 0, served = 0;
    for (; count > 0 && served < CALM_PACKETS_MAX; served += count) {
        count = epoll_wait(l->calm_fd, ready, EVENTS_PER_WAIT, 0);
        look_begins(l);
        for (int i = 0; i < count; i++) {
            fetch_ear_ahead(l, ready + i, count - i);
            serve_leg(l, ready + i, count - i, now_ns);
        }
    }
    l->calm_ms = now_ns / MS;
    l->calm_left = count > 0;
}

/* What came before a command is taken before it. */
static void serve_commands(loop *l, uint64_t now_ns) {
    serve_calm(l, now_ns);
    look_begins(l); /* what is left of it may be older than what that found last */
    ring_clear_wake(&l->commands);
    commands_run(l, now_ns);
}

static void serve(loop *l, const struct epoll_event *ready, int count, uint64_t now_ns) {
    l->count->wakeups += count > 0;
    look_begins(l);
    for (int i = 0; i < count; i++) {
        if (ready[i].data.u32 == TOKEN_COMMANDS) serve_commands(l, now_ns);
        else if (ready[i].data.u32 == TOKEN_TIMER) l->armed_ms = 0;
        else serve_leg(l, ready + i, count - i, now_ns);
    }
}

/* No longer than until something is due, and so that there are 0.2 ms from wait to wait. */
static void wait_for_more(loop *l, uint64_t now_ns) {
    uint64_t until_ns = l->gather.waited_ns + GATHER_NS, due_ns = l->armed_ms * MS;
    if (until_ns > due_ns) until_ns = due_ns;
    l->gather.waited_ns = until_ns > now_ns ? until_ns : now_ns;
    if (until_ns <= now_ns) return;
    struct timespec at = {.tv_sec = (time_t)(until_ns / 1000000000ull), .tv_nsec = (long)(until_ns % 1000000000ull)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/* What floods one socket is read packet by packet: it is waited only where a look found nothing. */
static void run_once(loop *l) {
    struct epoll_event ready[EVENTS_PER_WAIT];
    int is_looking = l->calm_left || gather_goes_on(&l->gather);
    int count = epoll_wait(l->epoll_fd, ready, EVENTS_PER_WAIT, is_looking ? 0 : -1);
    serve(l, ready, count, clock_ns());
    uint64_t now_ns = clock_ns();
    if (l->calm_left || now_ns / MS != l->calm_ms) serve_calm(l, now_ns);
    wheel_run(l, now_ns);
    lines_run(l, now_ns);
    housekeeping(l, now_ns);
    arm(l);
    if (gather_pays(&l->gather, l->count->wakeups, now_ns / MS) && count == 0 && !l->calm_left) wait_for_more(l, clock_ns());
}

/* One turn by hand at a time of the caller's choice, in place of the thread: nothing is waited for. */
void loop_turn(loop *l, uint64_t now_ns) {
    struct epoll_event ready[EVENTS_PER_WAIT];
    serve(l, ready, epoll_wait(l->epoll_fd, ready, EVENTS_PER_WAIT, 0), now_ns);
    serve_calm(l, now_ns);
    wheel_run(l, now_ns);
    lines_run(l, now_ns);
    housekeeping(l, now_ns);
}

static void *run(void *argument) {
    loop *l = argument;
    pthread_setname_np(pthread_self(), "packet-loop");
    raise_priority(l);
    l->second_ms = l->housekeeping_ms = clock_ns() / MS;
    l->busy_before_ns = read_clock(CLOCK_THREAD_CPUTIME_ID);
    loop_look_at_wall(l);
    l->armed_ms = 0;
    l->count->running = 1;
    arm(l);
    while (atomic_load_explicit(&l->running, memory_order_acquire)) run_once(l);
    l->count->running = 0;
    return NULL;
}

int loop_start(loop *l) {
    if (l->started) return 1;
    atomic_store(&l->running, 1);
    l->started = pthread_create(&l->thread, NULL, run, l) == 0;
    return l->started;
}

void loop_stop(loop *l) {
    if (!l->started) return;
    uint64_t one = 1;
    atomic_store(&l->running, 0);
    ssize_t written = write(l->commands.wake_fd, &one, sizeof one);
    (void)written;
    pthread_join(l->thread, NULL);
    l->started = 0;
}
