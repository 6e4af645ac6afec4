/* Each packet once, in order. The figures are right at any time, as if BURST_GAP_MIN good packets came before and after. */
#include "burst.h"

static void begin(burst_state *b) {
    if (!b->started) b->started = 1, b->good = BURST_GAP_MIN;
}

void burst_good(burst_state *b, statistics *s) {
    begin(b);
    s->judged++;
    if (b->good < BURST_GAP_MIN) b->good++;
}

static void one_gone(burst_state *b, statistics *s) {
    uint32_t good = b->good;
    s->judged++, s->gone++;
    if (good > 0) s->gone_runs++;
    b->good = 0;
    if (good >= BURST_GAP_MIN) {
        b->in_burst = 0; /* alone until another follows: two make a burst */
    } else if (!b->in_burst) {
        b->in_burst = 1;
        s->bursts++, s->burst_packets += good + 2, s->burst_gone += 2;
    } else {
        s->burst_packets += good + 1, s->burst_gone++;
    }
}

void burst_gone(burst_state *b, statistics *s, uint32_t count) {
    begin(b);
    for (; count > 0 && !(b->in_burst && b->good == 0); count--) one_gone(b, s);
    s->judged += count, s->gone += count, s->burst_packets += count, s->burst_gone += count;
}
