/* Stream statistics, updated once a packet. */
#include "stats.h"

enum { NO_BAD_SEQUENCE = 0x10001, CREEP_PACKETS = 16, LATE_RUN = 16, FIRST_CYCLE = 0x10000 };

/* Packets before `end` are judged: those out of the window will not be waited for. */
static void judge(rx_state *x, statistics *s, uint32_t end) {
    for (; (int32_t)(end - x->judged) > 0 && (int32_t)(x->extended_max - x->judged) >= 0; x->judged++) {
        uint32_t back = x->extended_max - x->judged;
        if (x->window >> back & 1 && !(x->late >> back & 1)) burst_good(&x->bursts, s);
        else burst_gone(&x->bursts, s, 1);
    }
    if ((int32_t)(end - x->judged) > 0) burst_gone(&x->bursts, s, end - x->judged), x->judged = end;
}

void stats_end(rx_state *x, statistics *s) {
    if (x->started) judge(x, s, x->extended_max + 1);
}

/* A new stream (SSRC change, or a jump that two packets confirm): earlier expectations are kept, order starts anew. */
void stats_restart(rx_state *x, statistics *s) {
    stats_end(x, s);
    x->expected_before = s->rx_expected;
    x->started = 0;
    x->has_transit = 0;
}

static void begin(rx_state *x, uint16_t sequence) {
    x->base = FIRST_CYCLE + sequence; /* one cycle of room below for packets that overtook the first */
    x->extended_max = x->judged = x->base;
    x->bad_sequence = NO_BAD_SEQUENCE;
    x->window = 1;
    x->late = 0;
    x->nothing_new = 0;
    x->started = 1;
}

static enum arrival older(rx_state *x, statistics *s, uint32_t back) {
    if (back < WINDOW_PACKETS) {
        if (x->window >> back & 1) {
            s->duplicates++;
            return ARRIVED_DUPLICATE;
        }
        x->window |= 1ull << back;
    }
    /* A packet from before the first one we saw widens what was to be expected, so that loss never goes negative. */
    if (x->extended_max - back < x->base) {
        uint32_t seen = back < WINDOW_PACKETS ? back : WINDOW_PACKETS - 1;
        if (x->judged == x->base) x->judged = x->extended_max - seen;
        x->base = x->extended_max - back;
    }
    s->reordered++;
    return ARRIVED_OLD;
}

int stats_ahead(const rx_state *x, uint16_t sequence) {
    return x->started ? (int16_t)(sequence - (uint16_t)x->extended_max) : INT16_MIN;
}

/* No network repeats so many packets with no new one between them: the sender plays a short file in a circle. Its next round is
 * known by its first packet. */
static int begins_again(rx_state *x, uint16_t sequence) {
    uint16_t last = (uint16_t)x->extended_max;
    if (x->nothing_new++ == 0) x->again_first = sequence;
    int is_known = x->has_looped && x->nothing_new == 1 && sequence == x->loop_first && last == x->loop_last;
    if (!is_known && x->nothing_new <= NOTHING_NEW_MAX) return 0;
    x->has_looped = 1, x->loop_first = x->again_first, x->loop_last = last;
    return 1;
}

enum arrival stats_sequence(rx_state *x, statistics *s, uint16_t sequence) {
    enum arrival result = ARRIVED_NEW;
    uint16_t ahead = (uint16_t)(sequence - (uint16_t)x->extended_max);
    if (!x->started) {
        begin(x, sequence);
    } else if (ahead != 0 && ahead < DROPOUT_MAX) {
        judge(x, s, x->extended_max + ahead - WINDOW_PACKETS + 1);
        x->extended_max += ahead;
        x->late = ahead < WINDOW_PACKETS ? x->late << ahead : 0;
        x->window = ahead < WINDOW_PACKETS ? x->window << ahead | 1 : 1;
        x->nothing_new = 0;
    } else if (ahead != 0 && ahead <= 65536 - MISORDER_MAX) {
        if (sequence != x->bad_sequence) {
            x->bad_sequence = (sequence + 1) & 0xffff;
            return ARRIVED_JUMP;
        }
        stats_restart(x, s);
        begin(x, sequence);
        result = ARRIVED_RESTART;
    } else if (begins_again(x, sequence)) {
        stats_restart(x, s);
        begin(x, sequence);
        result = ARRIVED_RESTART;
    } else {
        result = older(x, s, (65536u - ahead) & 0xffff);
    }
    s->rx_counted++;
    s->rx_expected = x->expected_before + x->extended_max - x->base + 1;
    s->rx_max_sequence = x->extended_max - FIRST_CYCLE;
    return result;
}

/* Interarrival jitter and lateness of one packet; both times in samples. Packets of one timestamp count once. */
int stats_timing(rx_state *x, statistics *s, uint32_t timestamp, uint32_t arrival) {
    if (x->has_transit && timestamp == x->timestamp) return 0;
    uint32_t transit = arrival - timestamp;
    x->timestamp = timestamp;
    if (!x->has_transit) {
        x->has_transit = 1;
        x->transit = x->transit_min = transit;
        x->late_run = 0;
        return 0;
    }
    int32_t change = (int32_t)(transit - x->transit);
    uint32_t distance = change < 0 ? 0u - (uint32_t)change : (uint32_t)change;
    x->transit = transit;
    if (distance > SAMPLE_RATE) { /* the sender's clock jumped: not a property of the network */
        x->transit_min = transit;
        x->late_run = 0;
        return 0;
    }
    s->jitter_q4 += distance - ((s->jitter_q4 + 8) >> 4);
    if (++x->since_creep == CREEP_PACKETS) x->since_creep = 0, x->transit_min++; /* a clock up to 390 ppm slow is followed */
    int32_t over = (int32_t)(transit - x->transit_min);
    if (over < 0) x->transit_min = transit;
    if (over <= LATE_SAMPLES) {
        x->late_run = 0;
        return 0;
    }
    if (x->late_run++ == 0 || (int32_t)(transit - x->late_min) < 0) x->late_min = transit;
    if (x->late_run == LATE_RUN) x->transit_min = x->late_min, x->late_run = 0; /* so it stays: another way, or a step of its clock */
    return 1;
}

void stats_late(rx_state *x, statistics *s, uint16_t sequence) {
    uint16_t back = (uint16_t)(x->extended_max - sequence);
    s->late++;
    if (back < WINDOW_PACKETS) x->late |= 1ull << back;
}
