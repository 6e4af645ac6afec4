/* The lines that locked sources wait for: so many a millisecond at most, for each takes ten system calls and a thousand calls may
 * begin at once. Until then their packets go by way of the leg's own socket.
 */
#include "loop.h"

enum { LINES_PER_MS_MAX = 4, LINE_DRAINED_MAX = 64 };

void lines_want(loop *l, leg *g) {
    socket_unlock(l, g);
    if (g->fd < 0 || l->lines_count == LEGS_MAX) return;
    g->wants_line = 1;
    l->lines[(l->lines_first + l->lines_count++) % LEGS_MAX] = g->index;
}

static leg *next_of(loop *l) {
    leg *g = &l->legs[l->lines[l->lines_first]];
    l->lines_first = (l->lines_first + 1) % LEGS_MAX;
    l->lines_count--;
    return g;
}

/* What had come before the source got its line is read before what comes there. */
void lines_run(loop *l, uint64_t now_ns) {
    if (l->lines_count == 0 || now_ns / MS == l->lines_ms) return;
    l->lines_ms = now_ns / MS;
    for (int made = 0; made < LINES_PER_MS_MAX && l->lines_count > 0;) {
        leg *g = next_of(l);
        if (!g->open || !g->wants_line) continue;
        made++;
        socket_lock(l, g);
        for (int i = 0; i < LINE_DRAINED_MAX && receive_packet(l, g, g->fd, now_ns);) i++;
    }
}

uint64_t lines_next_ms(const loop *l) { return l->lines_count > 0 ? l->lines_ms + 1 : UINT64_MAX; }
