/* Whether to wait for packets or to look for them. */
#include "gather.h"

static int is_woken_often(const gather *g, uint64_t wakeups, uint64_t now_ms) {
    return wakeups - g->wakeups_before >= (now_ms - g->since_ms) * GATHER_WAKEUPS_PER_MS_MIN;
}

int gather_pays(gather *g, uint64_t wakeups, uint64_t now_ms) {
    if (now_ms < g->since_ms + GATHER_WINDOW_MS) return gather_goes_on(g);
    if (g->windows_left > 0) g->windows_left--;
    else if (is_woken_often(g, wakeups, now_ms)) g->windows_left = GATHER_WINDOWS;
    g->since_ms = now_ms;
    g->wakeups_before = wakeups;
    return gather_goes_on(g);
}
