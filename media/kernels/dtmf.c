/* RFC 4733 both ways.
 *
 * Heard:  idle --new (timestamp, event)--> pressed --E bit | other event | 150 ms of nothing--> idle, one press told
 * A press is known by (timestamp, event); the last few finished ones are remembered so that repeated ends tell nothing. Where the
 * sender's timestamp stands still, the same key again is known by its sequence numbers and its marker, or by a duration that begins
 * anew after a gap.
 */
#include "dtmf.h"

#include <string.h>

static const char characters[DTMF_EVENT_MAX + 1] = {'0', '1', '2', '3', '4', '5', '6', '7',
                                                    '8', '9', '*', '#', 'A', 'B', 'C', 'D'};

char dtmf_character(uint8_t event) { return characters[event & DTMF_EVENT_MAX]; }

int dtmf_event(char digit) {
    for (int i = 0; i <= DTMF_EVENT_MAX; i++)
        if (characters[i] == digit) return i;
    return -1;
}

static int is_newer(uint16_t sequence, uint16_t other) { return (int16_t)(sequence - other) > 0; }

/* Not the rest of this press, but the same key once more. */
static int is_again(const dtmf_key *k, const dtmf_key *heard, int marker, int is_end) {
    int begins = marker || (heard->duration < k->duration && heard->last_ns >= k->last_ns + DTMF_GAP_NS);
    return !is_end && begins && is_newer(heard->sequence, k->sequence);
}

/* The rest of a press that was told; the gap to the next one begins after it. */
static int is_rest(dtmf_key *k, const dtmf_key *heard, int marker, int is_end) {
    if (k->timestamp != heard->timestamp || k->event != heard->event || is_again(k, heard, marker, is_end)) return 0;
    if (is_newer(heard->sequence, k->sequence)) k->sequence = heard->sequence, k->last_ns = heard->last_ns;
    return 1;
}

/* A first packet is late only if the rest of its press was told: a sound file of packets has its own timestamps. */
static int is_old(dtmf_receiver *d, const dtmf_key *heard, int marker, int is_end) {
    int old = 0;
    for (int i = 0; i < DTMF_FINISHED; i++) {
        dtmf_key *k = &d->finished[i];
        int is_before = (int32_t)(heard->timestamp - k->timestamp) < 0 && k->timestamp - heard->timestamp < 10 * SAMPLE_RATE;
        if (k->used) old |= (is_before && !marker) || is_rest(k, heard, marker, is_end);
    }
    return old;
}

void dtmf_forget(dtmf_receiver *d) { memset(d->finished, 0, sizeof d->finished); }

static dtmf_press finish(dtmf_receiver *d) {
    dtmf_press press = {d->event, d->before + d->duration};
    d->finished[d->next_finished] = (dtmf_key){d->last_ns, d->timestamp, d->duration, d->sequence, d->event, 1};
    d->next_finished = (uint8_t)((d->next_finished + 1) % DTMF_FINISHED);
    d->active = 0;
    return press;
}

/* A packet of the press that is going on. Its marker, with a duration that begins anew: the end was lost, and it is the next one's. */
static int goes_with(const dtmf_receiver *d, const dtmf_key *heard, int marker) {
    int is_next = marker && heard->duration < d->duration && is_newer(heard->sequence, d->sequence);
    return d->active && d->event == heard->event && d->timestamp == heard->timestamp && !is_next;
}

/* RFC 4733 2.5.1.3: a press longer than one duration field */
static int goes_on(const dtmf_receiver *d, const dtmf_key *heard, int marker) {
    return d->active && d->event == heard->event && !marker && d->duration >= DTMF_SEGMENT_MIN &&
           heard->timestamp - d->timestamp == d->duration;
}

static int is_before_active(const dtmf_receiver *d, uint32_t timestamp) {
    return d->active && (int32_t)(timestamp - d->timestamp) < 0 && d->timestamp - timestamp < 10 * SAMPLE_RATE;
}

int dtmf_packet(dtmf_receiver *d, const uint8_t *payload, uint32_t size, int marker, uint16_t sequence, uint32_t timestamp,
                uint64_t now_ns, dtmf_press *out, int *started) {
    *started = 0;
    if (size < DTMF_PAYLOAD || payload[0] > DTMF_EVENT_MAX) return 0;
    int count = 0, is_end = payload[1] & 0x80;
    dtmf_key heard = {now_ns, timestamp, (uint32_t)payload[2] << 8 | payload[3], sequence, payload[0], 1};
    if (!goes_with(d, &heard, marker)) {
        if (goes_on(d, &heard, marker)) {
            d->before += d->duration;
        } else {
            if (is_old(d, &heard, marker, is_end) || is_before_active(d, timestamp)) return 0;
            if (d->active) out[count++] = finish(d);
            d->before = 0;
            *started = 1;
        }
        d->active = 1;
        d->event = heard.event;
        d->timestamp = timestamp;
        d->duration = 0;
        d->sequence = sequence;
    }
    d->last_ns = now_ns;
    if (is_newer(sequence, d->sequence)) d->sequence = sequence;
    if (heard.duration > d->duration) d->duration = heard.duration;
    if (is_end) out[count++] = finish(d);
    return count;
}

/* The end was lost: a press that is no longer repeated is over. */
int dtmf_expire(dtmf_receiver *d, uint64_t now_ns, dtmf_press *out) {
    if (!d->active || now_ns < d->last_ns + DTMF_SILENT_NS) return 0;
    *out = finish(d);
    return 1;
}

void dtmf_queue(dtmf_sender *d, const uint8_t *digits, uint32_t count, uint32_t tone, uint32_t gap) {
    if (d->index == d->count) memset(d, 0, sizeof *d);
    memmove(d->digits, d->digits + d->index, d->count - d->index);
    d->count = (uint8_t)(d->count - d->index);
    d->index = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (dtmf_event((char)digits[i]) < 0) continue;
        if (d->count < DIGITS_MAX) d->digits[d->count++] = (uint8_t)dtmf_event((char)digits[i]);
        else d->done++; /* without room it is never sent, but not waited for either */
    }
    d->tone = tone;
    d->gap = gap;
}

/* One packet time of `frames` samples: an update, a repeated end, or quiet; DTMF_OVER when all digits are out. */
enum dtmf_step dtmf_next(dtmf_sender *d, uint32_t frames, uint32_t now_timestamp, uint8_t payload[DTMF_PAYLOAD], int *marker) {
    if (d->index == d->count) return DTMF_OVER;
    *marker = !d->started;
    if (!d->started) {
        d->started = 1;
        d->ends = 0;
        d->elapsed = 0;
        d->timestamp = now_timestamp;
    }
    d->elapsed += frames;
    int ended = d->elapsed >= d->tone;
    uint32_t duration = ended ? d->tone : d->elapsed;
    payload[0] = d->digits[d->index];
    payload[1] = (uint8_t)(ended ? 0x8a : 0x0a); /* -10 dBm0 */
    payload[2] = (uint8_t)(duration >> 8), payload[3] = (uint8_t)duration;
    if (!ended || d->ends < DTMF_ENDS) {
        d->ends = (uint8_t)(d->ends + ended);
        return DTMF_SEND;
    }
    if (d->elapsed < d->tone + d->gap) return DTMF_QUIET;
    d->index++;
    d->done++;
    d->started = 0;
    return d->index == d->count ? DTMF_OVER : DTMF_QUIET;
}
