/* What a leg's far end hears: a relayed packet, a prompt, its room, keys or silence, always as one continuous RTP stream. */
#include <string.h>

#include "comfort.h"
#include "loop.h"

enum { KEY_QUIET_MS = 60, KEY_SEGMENT_MAX = 0xffff, KEY_OLD_MAX = 10 * SAMPLE_RATE };
enum { KEY_SAMPLES_MIN = 400, KEY_SAMPLES_MAX = 8000, KEY_GAP_SAMPLES = 400 };

static int has_keys(const leg *g) { return g->keys_out.index < g->keys_out.count; }

static int is_generating(const leg *g) { return g->play.active || has_keys(g); }

/* The other side of the bridge has something to say that must be said in this leg's coding. */
static int is_recoding(const loop *l, const leg *g, uint64_t now_ns) {
    if (!loop_recodes(l, g)) return 0;
    const jitter_buffer *heard = &l->playouts[g->peer].buffer;
    return heard->begun && !jitter_is_over(heard, (int64_t)(now_ns / NS_PER_SAMPLE));
}

int transmit_wanted(const loop *l, const leg *g, uint64_t now_ns) {
    return is_generating(g) || g->seat.room != NO_ROOM || (g->silence && g->peer == NO_LEG) || is_recoding(l, g, now_ns);
}

/* A far end never heard gets five seconds at most: nobody can aim us at a stranger for longer. */
int transmit_allowed(leg *g, uint64_t now_ns) {
    if (g->fd < 0 || g->hold || !g->send || !g->source.known) return 0;
    if (g->source.locked) return 1;
    if (g->first_unheard_ns == 0) g->first_unheard_ns = now_ns;
    return now_ns < g->first_unheard_ns + UNHEARD_SEND_MAX_MS * MS;
}

static void put_out(loop *l, leg *g, uint8_t *packet, int marker, uint8_t payload_type, uint16_t sequence, uint32_t timestamp,
                    uint32_t size, uint64_t now_ns) {
    rtp_write(packet, marker, payload_type, sequence, timestamp * g->voice.clock_scale, g->tx.ssrc);
    int whole = srtp_pair_close(&g->srtp, packet, RTP_HEADER + size);
    if (whole > 0 && socket_send(l, g, packet, (uint32_t)whole, now_ns)) loop_stats(l, g)->tx_octets += size;
}

static void send_packet(loop *l, leg *g, uint8_t *packet, int marker, uint8_t payload_type, uint16_t sequence,
                        uint32_t timestamp, uint32_t size, uint32_t samples, uint64_t now_ns) {
    put_out(l, g, packet, marker, payload_type, sequence, timestamp, size, now_ns);
    rtp_sent(&g->tx, sequence, timestamp, samples, now_ns);
    loop_stats(l, g)->tx_timestamp = g->tx.last_timestamp * g->voice.clock_scale;
}

/* `packet` holds `frames` code words of the leg's law after its header. */
static void send_audio(loop *l, leg *g, uint8_t *packet, int marker, uint16_t sequence, uint32_t timestamp, uint32_t frames,
                       uint64_t now_ns) {
    uint8_t coded[RTP_HEADER + CODED_SIZE_MAX + SRTP_TAG_MAX];
    uint32_t size = frames;
    if (g->voice.coding != CODING_G711) {
        size = voice_encode_codes(&g->voice, g->codec, packet + RTP_HEADER, frames, coded + RTP_HEADER);
        packet = coded;
    }
    if (size > 0) send_packet(l, g, packet, marker, g->payload_type, sequence, timestamp, size, frames, now_ns);
}

static void record_sent(loop *l, leg *g, uint32_t timestamp, int law, const uint8_t *codes, uint32_t count, uint64_t now_ns) {
    if (g->is_recorded)
        record_put(&l->recordings[g->index], &g->anchors[1], loop_ring(l, g), 1, timestamp, law, codes, count, now_ns);
}

/* A key between packets of our own pace: its first packet's place in the stream is now, those that go on from it keep theirs. */
static void relay_key(loop *l, leg *to, const rtp_packet *in, uint8_t *packet, uint64_t now_ns) {
    key_relay *k = &to->key;
    if (to->dtmf_payload_type == NO_PAYLOAD_TYPE) return;
    uint32_t forward = in->timestamp - k->heard;
    if (in->marker && now_ns >= k->quiet_until_ns) k->known = 0; /* its timestamp may be that of the one before */
    if (k->known && k->ssrc == in->ssrc && !in->marker && (int32_t)forward < 0 && -(int64_t)(int32_t)forward < KEY_OLD_MAX) return;
    int is_new = !k->known || k->ssrc != in->ssrc || forward != 0;
    int goes_on = is_new && k->known && k->ssrc == in->ssrc && !in->marker && forward <= KEY_SEGMENT_MAX; /* RFC 4733 2.5.1.3 */
    if (is_new) *k = (key_relay){in->ssrc, in->timestamp, goes_on ? k->sent + forward : rtp_anchor(&to->tx, now_ns), 1, 0};
    k->quiet_until_ns = now_ns + KEY_QUIET_MS * MS;
    send_packet(l, to, packet + in->payload_offset - RTP_HEADER, is_new && !goes_on, to->dtmf_payload_type,
                to->tx.next_sequence, k->sent, in->payload_size, 0, now_ns);
    to->tx.running = 0;
}

/* `packet` holds the incoming datagram: its payload is rewritten in place, the new header goes right before it. */
void transmit_relay(loop *l, leg *to, const rtp_packet *in, int is_event, int law, uint8_t *packet, uint64_t now_ns) {
    uint16_t sequence;
    uint32_t timestamp;
    if (is_generating(to) || !transmit_allowed(to, now_ns)) {
        to->tx.mapped = 0;
        return;
    }
    if (loop_recodes(l, to)) {
        if (is_event) relay_key(l, to, in, packet, now_ns);
        return;
    }
    int fresh = rtp_follow(&to->tx, in, is_event || law < 0, now_ns, &sequence, &timestamp);
    if (law < 0 || (is_event && to->dtmf_payload_type == NO_PAYLOAD_TYPE)) {
        if (fresh) to->tx.mapped = 0;
        else rtp_skip(&to->tx);
        return;
    }
    uint8_t *payload = packet + in->payload_offset;
    if (!is_event) {
        if (law != to->codec) g711_transcode(law, payload, payload, in->payload_size);
        record_sent(l, to, timestamp, to->codec, payload, in->payload_size, now_ns);
        if (level_due(sequence)) level_add(&loop_stats(l, to)->tx_level, to->codec, payload, in->payload_size);
    }
    uint8_t *out = payload - RTP_HEADER;
    int marker = in->marker || fresh;
    if (is_event) send_packet(l, to, out, marker, to->dtmf_payload_type, sequence, timestamp, in->payload_size, 0, now_ns);
    else send_audio(l, to, out, marker, sequence, timestamp, in->payload_size, now_ns);
    to->tx.running = 0;
}

/* A packet of the leg's own coding, or comfort noise, goes on as it is; `codes`: what it says, for the recording. */
void transmit_pass(loop *l, leg *to, const rtp_packet *in, uint8_t payload_type, const uint8_t *codes, uint32_t frames,
                   uint8_t *packet, uint64_t now_ns) {
    uint16_t sequence;
    uint32_t timestamp;
    if (is_generating(to) || !transmit_allowed(to, now_ns)) {
        to->tx.mapped = 0;
        return;
    }
    int fresh = rtp_follow(&to->tx, in, 0, now_ns, &sequence, &timestamp);
    if (codes != NULL) record_sent(l, to, timestamp, to->codec, codes, frames, now_ns);
    send_packet(l, to, packet + in->payload_offset - RTP_HEADER, in->marker || fresh, payload_type, sequence, timestamp,
                in->payload_size, frames, now_ns);
    to->tx.running = 0;
}

/* What was not agreed on goes on as it is; its clock, of whatever rate, says nothing of the voice's. */
void transmit_beside(loop *l, leg *to, const rtp_packet *in, uint8_t *packet, uint64_t now_ns) {
    uint16_t sequence;
    uint32_t timestamp;
    if (is_generating(to) || !transmit_allowed(to, now_ns)) {
        to->tx.mapped = 0;
        return;
    }
    int fresh = rtp_follow(&to->tx, in, 1, now_ns, &sequence, &timestamp);
    timestamp = rtp_beside(&to->tx, sequence, timestamp, now_ns);
    put_out(l, to, packet + in->payload_offset - RTP_HEADER, in->marker || fresh, in->payload_type, sequence, timestamp,
            in->payload_size, now_ns);
    to->tx.running = 0;
}

static void tick_keys(loop *l, leg *g, uint64_t due_ns) {
    uint8_t packet[RTP_HEADER + DTMF_PAYLOAD + SRTP_TAG_MAX];
    uint32_t frames = g->ptime_ms * (SAMPLE_RATE / 1000);
    int marker = 0;
    enum dtmf_step step = dtmf_next(&g->keys_out, frames, rtp_anchor(&g->tx, due_ns), packet + RTP_HEADER, &marker);
    if (step == DTMF_SEND && transmit_allowed(g, due_ns)) {
        voice_scale_event(packet + RTP_HEADER, 1, g->voice.event_scale);
        send_packet(l, g, packet, marker, g->dtmf_payload_type, g->tx.next_sequence, g->keys_out.timestamp, DTMF_PAYLOAD,
                    frames, due_ns);
    }
    if (step == DTMF_OVER) loop_tell(l, g, EVENT_DTMF_SENT, 0, g->keys_out.done, 0, 0, due_ns);
    g->tx.running = 0;
}

static uint32_t next_timestamp(const leg *g, uint64_t due_ns) {
    return g->tx.running ? g->tx.last_timestamp + g->tx.last_samples : rtp_anchor(&g->tx, due_ns);
}

/* What the other side of the bridge says, in this leg's coding; nothing while one of its keys goes through. */
static void tick_recoded(loop *l, leg *g, const int16_t *heard, uint64_t due_ns) {
    uint8_t packet[RTP_HEADER + CODED_SIZE_MAX + SRTP_TAG_MAX], codes[PULL_FRAMES_MAX];
    uint32_t frames = g->ptime_ms * (SAMPLE_RATE / 1000), size = frames, timestamp = next_timestamp(g, due_ns);
    int measured = level_due(g->tx.next_sequence), is_plain = g->voice.coding == CODING_G711;
    if (due_ns < g->key.quiet_until_ns || !transmit_allowed(g, due_ns)) {
        g->tx.running = 0;
        return;
    }
    if (is_plain || measured || g->is_recorded) {
        voice_narrow(g->voice.wide, g->voice.down_sent, g->codec, heard, frames, codes);
        record_sent(l, g, timestamp, g->codec, codes, frames, due_ns);
        if (measured) level_add(&loop_stats(l, g)->tx_level, g->codec, codes, frames);
    }
    if (is_plain) memcpy(packet + RTP_HEADER, codes, frames);
    else size = voice_encode(&g->voice, heard, frames, packet + RTP_HEADER);
    if (size > 0)
        send_packet(l, g, packet, !g->tx.running, g->payload_type, g->tx.next_sequence, timestamp, size, frames, due_ns);
    g->tx.running = 1;
}

static void tick_audio(loop *l, leg *g, uint64_t due_ns) {
    uint8_t packet[RTP_HEADER + PTIME_MS_MAX * SAMPLE_RATE / 1000 + SRTP_TAG_MAX];
    uint32_t frames = g->ptime_ms * (SAMPLE_RATE / 1000), token = g->play.token;
    int ended = 0, keys_over = 0;
    if (has_keys(g)) keys_over = inband_next(&g->keys_out, g->codec, packet + RTP_HEADER, frames);
    else if (g->play.active && !srtp_pair_is_locked(&g->srtp)) ended = play_read(&g->play, l->arena, g->codec, packet + RTP_HEADER, frames);
    else if (g->seat.room != NO_ROOM) room_read(l, g, g->codec, due_ns, packet + RTP_HEADER, frames);
    else memset(packet + RTP_HEADER, g711_silence[g->codec], frames);
    if (transmit_allowed(g, due_ns)) {
        uint32_t timestamp = next_timestamp(g, due_ns);
        record_sent(l, g, timestamp, g->codec, packet + RTP_HEADER, frames, due_ns);
        if (level_due(g->tx.next_sequence)) level_add(&loop_stats(l, g)->tx_level, g->codec, packet + RTP_HEADER, frames);
        send_audio(l, g, packet, !g->tx.running, g->tx.next_sequence, timestamp, frames, due_ns);
        g->tx.running = 1;
    } else {
        g->tx.running = 0;
    }
    if (keys_over) loop_tell(l, g, EVENT_DTMF_SENT, 0, g->keys_out.done, 0, 0, due_ns);
    if (ended) loop_tell(l, g, EVENT_PLAY_DONE, PLAY_END, token, 0, 0, due_ns);
}

/* One packet time of a leg on the wheel. A leg with nothing to say leaves the wheel. */
void transmit_tick(loop *l, leg *g, uint64_t due_ns) {
    int16_t heard[PULL_FRAMES_MAX * JITTER_WIDTH_MAX];
    if (!transmit_wanted(l, g, due_ns)) {
        g->tx.running = 0;
        wheel_stop(l, g);
        return;
    }
    if (loop_recodes(l, g))
        playout_pull(&l->playouts[g->peer], g->ptime_ms * (SAMPLE_RATE / 1000), (int64_t)(due_ns / NS_PER_SAMPLE), 1, heard);
    if (g->fd < 0) room_attend(l, g, due_ns);
    else if (has_keys(g) && g->dtmf_payload_type != NO_PAYLOAD_TYPE) tick_keys(l, g, due_ns);
    else if (!is_generating(g) && loop_recodes(l, g)) tick_recoded(l, g, heard, due_ns);
    else tick_audio(l, g, due_ns);
    g->tx.mapped = 0;
}

/* A key that came the other way: sent as what this far end takes, about as long as it was. */
void transmit_key(loop *l, leg *g, char digit, uint32_t duration, uint64_t now_ns) {
    uint32_t tone = duration < KEY_SAMPLES_MIN ? KEY_SAMPLES_MIN : duration > KEY_SAMPLES_MAX ? KEY_SAMPLES_MAX : duration;
    dtmf_queue(&g->keys_out, (const uint8_t *)&digit, 1, tone, KEY_GAP_SAMPLES);
    wheel_start(l, g, now_ns);
}

void transmit_stop_play(loop *l, leg *g, enum play_reason reason, uint64_t now_ns) {
    g->play.active = 0;
    loop_tell(l, g, EVENT_PLAY_DONE, (uint8_t)reason, g->play.token, 0, 0, now_ns);
}
