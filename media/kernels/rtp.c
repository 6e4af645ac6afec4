/* RTP headers and the continuity of what we send. */
#include "rtp.h"

#include "layout.h"

enum { SEQUENCE_JUMP_MAX = 1000, TIMESTAMP_JUMP_MAX = 2 * SAMPLE_RATE };

static uint32_t word(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int rtp_is_rtcp(const uint8_t *data, size_t size) {
    return size >= 8 && data[0] >> 6 == 2 && data[1] >= 192 && data[1] <= 223;
}

int rtp_parse(const uint8_t *data, size_t size, rtp_packet *out) {
    if (size < RTP_HEADER || data[0] >> 6 != 2 || rtp_is_rtcp(data, size)) return 0;
    size_t offset = RTP_HEADER + 4u * (data[0] & 0x0f);
    if (data[0] & 0x10) {
        if (size < offset + 4) return 0;
        offset += 4 + 4u * ((size_t)data[offset + 2] << 8 | data[offset + 3]);
    }
    if (offset > size) return 0;
    size_t padding = 0;
    if (data[0] & 0x20) {
        padding = data[size - 1];
        if (padding == 0 || offset + padding > size) return 0;
    }
    if (size - offset - padding > PAYLOAD_MAX) return 0;
    out->marker = data[1] >> 7;
    out->payload_type = data[1] & 0x7f;
    out->sequence = (uint16_t)(data[2] << 8 | data[3]);
    out->timestamp = word(data + 4);
    out->ssrc = word(data + 8);
    out->payload_offset = (uint16_t)offset;
    out->payload_size = (uint16_t)(size - offset - padding);
    return 1;
}

static void put_word(uint8_t *p, uint32_t value) {
    p[0] = (uint8_t)(value >> 24), p[1] = (uint8_t)(value >> 16), p[2] = (uint8_t)(value >> 8), p[3] = (uint8_t)value;
}

void rtp_write(uint8_t *out, int marker, int payload_type, uint16_t sequence, uint32_t timestamp, uint32_t ssrc) {
    out[0] = 0x80;
    out[1] = (uint8_t)(marker << 7 | payload_type);
    out[2] = (uint8_t)(sequence >> 8), out[3] = (uint8_t)sequence;
    put_word(out + 4, timestamp);
    put_word(out + 8, ssrc);
}

/* The timestamp of audio that starts now: the time passed since the last packet, never inside that packet. */
uint32_t rtp_anchor(const rtp_sender *s, uint64_t now_ns) {
    if (!s->started) return s->last_timestamp;
    uint32_t passed = now_ns > s->last_ns ? (uint32_t)((now_ns - s->last_ns) / NS_PER_SAMPLE) : 0;
    return s->last_timestamp + (passed > s->last_samples ? passed : s->last_samples);
}

static int follows(const rtp_sender *s, const rtp_packet *in, int is_event, uint64_t now_ns) {
    if (!s->mapped || s->map_ssrc != in->ssrc) return 0;
    int step = (int16_t)(in->sequence - s->map_last_sequence);
    if (step > SEQUENCE_JUMP_MAX || step < -SEQUENCE_JUMP_MAX) return 0;
    if (step <= 0 || is_event) return 1;
    int32_t ahead = (int32_t)(in->timestamp + s->timestamp_offset - rtp_anchor(s, now_ns));
    int32_t forward = (int32_t)(in->timestamp - s->map_last_timestamp);
    return forward > 0 && ahead < TIMESTAMP_JUMP_MAX && ahead > -TIMESTAMP_JUMP_MAX;
}

/* Sequence and timestamp for relaying `in`. Loss, reorder and pauses pass through; a break starts a new run: returns 1. */
int rtp_follow(rtp_sender *s, const rtp_packet *in, int is_event, uint64_t now_ns, uint16_t *sequence, uint32_t *timestamp) {
    int fresh = !follows(s, in, is_event, now_ns);
    if (fresh) {
        s->mapped = 1;
        s->map_ssrc = in->ssrc;
        s->sequence_offset = (uint16_t)(s->next_sequence - in->sequence);
        s->timestamp_offset = rtp_anchor(s, now_ns) - in->timestamp;
    }
    s->is_newest = fresh || (int16_t)(in->sequence - s->map_last_sequence) > 0;
    if (s->is_newest) {
        s->map_last_sequence = in->sequence;
        if (fresh || !is_event) s->map_last_timestamp = in->timestamp;
    }
    *sequence = (uint16_t)(in->sequence + s->sequence_offset);
    *timestamp = in->timestamp + s->timestamp_offset;
    return fresh;
}

/* The clock of the followed stream goes on by so much more: what is sent does not. */
void rtp_shift(rtp_sender *s, uint32_t by) { s->timestamp_offset -= by, s->map_last_timestamp += by; }

/* The packet that was followed last is left out: the next one takes its number, if it was not given already. */
void rtp_skip(rtp_sender *s) { s->sequence_offset = (uint16_t)(s->sequence_offset - s->is_newest); }

static void number(rtp_sender *s, uint16_t sequence) {
    if (!s->started || (int16_t)(sequence - s->next_sequence) >= 0) s->next_sequence = (uint16_t)(sequence + 1);
}

/* A packet whose clock is not the voice's goes out beside it: the timestamp it gets, near to the voice's. */
uint32_t rtp_beside(rtp_sender *s, uint16_t sequence, uint32_t timestamp, uint64_t now_ns) {
    uint32_t now = rtp_anchor(s, now_ns);
    int32_t ahead = (int32_t)(timestamp - now);
    number(s, sequence);
    return s->started && (ahead >= TIMESTAMP_JUMP_MAX || ahead <= -TIMESTAMP_JUMP_MAX) ? now : timestamp;
}

void rtp_sent(rtp_sender *s, uint16_t sequence, uint32_t timestamp, uint32_t samples, uint64_t now_ns) {
    number(s, sequence);
    int32_t forward = (int32_t)(timestamp - s->last_timestamp);
    if (!s->started || forward > 0) { /* an event's packets share the timestamp of its first: so does the clock */
        s->last_timestamp = timestamp;
        s->last_ns = now_ns;
    }
    if (!s->started || forward >= 0) s->last_samples = samples;
    s->started = 1;
}
