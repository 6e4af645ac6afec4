/* The pacing wheel: 128 slots of one millisecond; a leg that generates audio sits in the slot of its next packet.
 *
 * Legs start at different milliseconds of their packet time, so the sends of a tick are spread, and each stays exactly
 * `ptime_ms` apart from its last.
 */
#include "loop.h"

static uint16_t *slot_of(loop *l, uint64_t ms) { return &l->wheel[ms % WHEEL_SLOTS]; }

static void link_leg(loop *l, leg *g, uint64_t due_ms) {
    uint16_t *slot = slot_of(l, due_ms);
    g->due_ms = due_ms;
    g->wheel_next = *slot;
    g->wheel_previous = NO_LEG;
    if (*slot != NO_LEG) l->legs[*slot].wheel_previous = g->index;
    *slot = g->index;
    g->in_wheel = 1;
    l->in_wheel++;
}

void wheel_stop(loop *l, leg *g) {
    if (!g->in_wheel) return;
    if (g->wheel_previous == NO_LEG) *slot_of(l, g->due_ms) = g->wheel_next;
    else l->legs[g->wheel_previous].wheel_next = g->wheel_next;
    if (g->wheel_next != NO_LEG) l->legs[g->wheel_next].wheel_previous = g->wheel_previous;
    g->in_wheel = 0;
    l->in_wheel--;
}

/* Some members of a room together: what they hear is mixed for them at once. */
static uint32_t phase_of(const loop *l, const leg *g) {
    if (g->seat.room == NO_ROOM) return g->index * 7u;
    return g->seat.room * 7u + l->rooms[g->seat.room].count / ROOM_TOGETHER;
}

void wheel_start(loop *l, leg *g, uint64_t now_ns) {
    if (g->in_wheel) return;
    uint64_t now_ms = now_ns / MS;
    if (l->in_wheel == 0) l->wheel_ms = now_ms;
    uint64_t phase = phase_of(l, g) % g->ptime_ms;
    uint64_t first = now_ms + 1;
    link_leg(l, g, first + (phase + g->ptime_ms - first % g->ptime_ms) % g->ptime_ms);
}

static void run_slot(loop *l, uint64_t ms, uint64_t now_ns) {
    uint16_t index = *slot_of(l, ms);
    while (index != NO_LEG) {
        leg *g = &l->legs[index];
        index = g->wheel_next;
        if (index != NO_LEG) fetch_leg(l, index);
        if (g->due_ms != ms) continue;
        if (now_ns > (ms + 5) * MS) l->count->late_ticks++;
        transmit_tick(l, g, ms * MS);
        if (!g->in_wheel) continue;
        wheel_stop(l, g);
        link_leg(l, g, ms + g->ptime_ms);
    }
}

/* The machine stood still for long: nobody wants the missed packets in one burst. */
static void skip_to(loop *l, uint64_t ms) {
    for (uint32_t i = 0; i < l->open_count; i++) {
        leg *g = &l->legs[l->open_legs[i]];
        if (!g->in_wheel || g->due_ms > ms) continue;
        uint64_t missed = (ms - g->due_ms) / g->ptime_ms + 1;
        uint64_t due = g->due_ms + missed * g->ptime_ms;
        wheel_stop(l, g);
        link_leg(l, g, due);
        g->tx.running = 0;
    }
    l->count->late_ticks++;
    l->wheel_ms = ms;
}

void wheel_run(loop *l, uint64_t now_ns) {
    uint64_t now_ms = now_ns / MS;
    if (l->in_wheel == 0) return;
    if (now_ms > l->wheel_ms + CATCH_UP_MS_MAX) skip_to(l, now_ms - 1);
    while (l->wheel_ms < now_ms && l->in_wheel > 0) run_slot(l, ++l->wheel_ms, now_ns);
}

uint64_t wheel_next_ms(const loop *l) {
    if (l->in_wheel == 0) return UINT64_MAX;
    for (uint64_t ms = l->wheel_ms + 1; ms <= l->wheel_ms + WHEEL_SLOTS; ms++)
        if (l->wheel[ms % WHEEL_SLOTS] != NO_LEG) return ms;
    return UINT64_MAX;
}
