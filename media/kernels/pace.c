/* Sixteen packets that follow each other are judged together. Their timestamps are wrong when they came about as fast as they are
 * long, and their timestamps say otherwise; twice in a row, so that one jump of a clock stays what it is. Pauses (DTX) come as late as
 * their timestamps say. Once wrong, they are right again when they say how long the packets are or when they came; packets that came
 * unevenly prove neither. Two packets in a row of one timestamp are wrong at once, and so are the first four of a stream.
 *
 * Who counts packets in place of time goes on after a pause as if there had been none: the time that passed is added, once the next
 * packets come as late as the first, which they do not where the network held them up. Few of them may come at once.
 */
#include "pace.h"

enum { WINDOW = 16, FIRST_WINDOW = 4, WRONG_WINDOWS = 2, FORWARD_MAX = 16000, PAUSE_MIN = 800 };
enum { EVEN_FROM = 120, EVEN_MAX = 40, PAIRS_FROM = 240, PAIRS_MAX = 160 };

void pace_restart(pace *p) {
    p->known = p->packets = p->wrong_windows = p->has_key = p->is_judged = 0;
    p->shift = p->stood = 0;
}

static uint32_t distance(uint32_t a, uint32_t b) {
    int32_t apart = (int32_t)(a - b);
    return apart < 0 ? 0u - (uint32_t)apart : (uint32_t)apart;
}

static void begin_window(pace *p, uint32_t stamp, uint32_t arrival) {
    p->first_stamp = stamp;
    p->first_arrival = arrival;
    p->packets = 0;
    p->in_window = p->stood = 0;
}

static void judge(pace *p, uint32_t stamp, uint32_t arrival) {
    uint32_t lasted = p->in_window, came = arrival - p->first_arrival, said = stamp - p->first_stamp;
    int is_right = distance(said, lasted) <= lasted / 2 || distance(said, came) <= lasted / 4;
    int is_paced = distance(came, lasted) <= lasted / 4, is_wrong = p->wrong_windows == WRONG_WINDOWS;
    if (is_right || !(is_paced || is_wrong)) p->wrong_windows = 0;
    else if (!is_wrong) p->wrong_windows = p->is_judged ? p->wrong_windows + 1 : WRONG_WINDOWS;
    p->is_judged = 1;
    begin_window(p, stamp, arrival);
}

static void notice_pause(pace *p, uint32_t stamp, uint32_t arrival) {
    int32_t longer = (int32_t)(arrival - p->arrival) - p->frames, stood = (int32_t)p->stood;
    if (stood > 0) {
        int32_t passed = (int32_t)(arrival - p->first_arrival), excess = (int32_t)p->in_window - passed;
        int is_pause = (passed >= EVEN_FROM && excess <= EVEN_MAX) || (passed >= PAIRS_FROM && excess <= PAIRS_MAX);
        if (is_pause) p->shift += p->stood, p->out += p->stood;
        if (is_pause || excess > stood / 2) p->stood = 0;
    }
    if (longer <= PAUSE_MIN || (stamp - p->stamp != p->frames && p->wrong_windows < WRONG_WINDOWS)) return;
    begin_window(p, stamp, arrival);
    p->stood = (uint32_t)longer;
}

uint32_t pace_stamp(pace *p, uint16_t sequence, uint32_t stamp, uint32_t frames, uint32_t arrival) {
    int step = (int16_t)(sequence - p->sequence);
    if (!p->known) p->wrong_windows = 0, begin_window(p, stamp, arrival);
    else if (step == 1 && stamp == p->stamp && p->frames > 0) p->wrong_windows = WRONG_WINDOWS;
    if (p->known && step == 1) {
        p->packets++, p->in_window += p->frames;
        notice_pause(p, stamp, arrival);
    }
    int is_mended = p->wrong_windows == WRONG_WINDOWS;
    uint32_t out = is_mended ? p->out + (uint32_t)step * p->frames : stamp + p->shift;
    if (p->known && step <= 0) return out;
    if (!p->known || step > 1) begin_window(p, stamp, arrival);
    else if (p->packets == (p->is_judged ? WINDOW : FIRST_WINDOW)) judge(p, stamp, arrival);
    p->known = 1;
    p->sequence = sequence, p->stamp = stamp, p->arrival = arrival, p->out = out, p->frames = (uint16_t)frames;
    return out;
}

int pace_goes_on(const pace *p, uint16_t newest, uint32_t stamp) {
    uint32_t forward = stamp - p->stamp;
    return p->known && p->sequence == newest && p->wrong_windows < WRONG_WINDOWS && forward > 0 && forward <= FORWARD_MAX;
}

uint32_t pace_key(pace *p, uint32_t stamp, int marker) {
    if (p->wrong_windows < WRONG_WINDOWS) {
        p->has_key = 0;
        return stamp + p->shift;
    }
    if (!p->has_key || marker || stamp != p->key) p->key_out = p->out + p->frames;
    p->has_key = 1, p->key = stamp;
    return p->key_out;
}
