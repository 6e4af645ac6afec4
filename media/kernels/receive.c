/* One datagram from the socket to its effects: source rule, statistics, keys, recording, relay. */
#include <string.h>

#include "comfort.h"
#include "loop.h"

enum { PASSED = -2 };
enum { REPEATED_NS_MAX = 250 * 1000 * 1000 }; /* what comes again after such a silence is no network's doing: the sender begins anew */

/* By the numbers that were offered the far end, and where these say nothing by its own (RFC 3264 6.1: they may differ). */
static int is_key(const leg *g, uint8_t payload_type) {
    return payload_type == g->dtmf_payload_type_heard || (payload_type == g->dtmf_payload_type && payload_type != g->payload_type_heard);
}

static int is_voice(const leg *g, uint8_t payload_type) {
    return payload_type == g->payload_type_heard || payload_type == g->payload_type;
}

static int payload_law(const leg *g, uint8_t payload_type) {
    if (is_voice(g, payload_type)) return g->codec;
    return payload_type == 0 ? PCMU : payload_type == 8 ? PCMA : -1;
}

static int is_coded(const leg *g, const rtp_packet *in) {
    return g->voice.coding != CODING_G711 && is_voice(g, in->payload_type);
}

/* The other side of the bridge takes keys the other way: tones become events there, events become tones, or both are told it. */
static int is_other_way(const loop *l, const leg *g, int is_tone) {
    const leg *peer = g->peer == NO_LEG ? NULL : &l->legs[g->peer];
    return peer != NULL && (peer->keys_aside || is_tone == (peer->dtmf_payload_type != NO_PAYLOAD_TYPE));
}

/* A tone that becomes an event is not heard as a tone too. */
static int is_converted(const loop *l, const leg *g) { return g->listens && g->tones_in.active && is_other_way(l, g, 1); }

void receive_press(loop *l, leg *g, const dtmf_press *press, int is_tone, uint64_t now_ns) {
    char digit = dtmf_character(press->event);
    uint32_t samples = press->duration / (is_tone ? 1 : g->voice.event_scale);
    if (!g->press_is_told[is_tone]) return;
    loop_tell(l, g, EVENT_DIGIT, (uint8_t)digit, samples * 1000 / SAMPLE_RATE, (uint32_t)is_tone, 0, now_ns);
    if (is_other_way(l, g, is_tone) && !l->legs[g->peer].keys_aside) transmit_key(l, &l->legs[g->peer], digit, samples, now_ns);
}

static void begin_press(loop *l, leg *g, int is_tone, uint64_t now_ns) {
    g->press_is_told[is_tone] = g->presses++ < PRESSES_PER_SECOND_MAX;
    if (!g->press_is_told[is_tone]) {
        loop_stats(l, g)->flooded++, l->count->flooded++;
        return;
    }
    loop_tell(l, g, EVENT_KEY, 0, (uint32_t)is_tone, 0, 0, now_ns);
    if (g->play.active && g->play.stop_on_key) transmit_stop_play(l, g, PLAY_KEY, now_ns);
}

static void listen_for_tones(loop *l, leg *g, int law, const uint8_t *codes, uint32_t count, uint64_t now_ns) {
    int16_t samples[PACKET_MAX];
    dtmf_press ended[INBAND_PRESSES];
    int started;
    for (uint32_t i = 0; i < count; i++) samples[i] = g711_linear[law][codes[i]];
    int ends = inband_hear(&g->tones_in, samples, count, ended, &started);
    for (int i = 0; i < ends; i++) receive_press(l, g, &ended[i], 1, now_ns); /* the one before, if one begins here */
    if (started) begin_press(l, g, 1, now_ns);
}

static void receive_key(loop *l, leg *g, const rtp_packet *in, uint32_t stamp, const uint8_t *packet, uint64_t now_ns) {
    dtmf_press ended[2];
    int started;
    int count = dtmf_packet(&g->keys_in, packet + in->payload_offset, in->payload_size, in->marker, in->sequence, stamp,
                            now_ns, ended, &started);
    int before = started && packet[in->payload_offset + 1] & 0x80 ? count - 1 : count; /* its own end may come with it */
    for (int i = 0; i < before; i++) receive_press(l, g, &ended[i], 0, now_ns);
    if (started) begin_press(l, g, 0, now_ns);
    for (int i = before; i < count; i++) receive_press(l, g, &ended[i], 0, now_ns);
}

static int admit(loop *l, leg *g, const rtp_packet *in, const net_address *address, uint16_t port, uint64_t now_ns) {
    statistics *s = loop_stats(l, g);
    enum verdict v = latch_packet(&g->source, address, port, in->ssrc, in->sequence);
    if (v == FOREIGN || (v == PROBATION && g->source.locked)) s->foreign++, l->count->foreign++;
    if (v == LATCHED) {
        loop_tell_source(l, g, EVENT_LATCHED, g->source.exact, address, port, now_ns);
        if (!(g->share.kinds & SHARE_ICE)) lines_want(l, g); /* with ICE it may come from several */
    }
    if (v < ACCEPTED) return 0;
    if (g->heard++ < HEARD_PER_SECOND_MAX) return 1;
    s->flooded++, l->count->flooded++; /* two legs whose far ends are each other's ports would relay one packet for ever */
    return 0;
}

/* A stream is known by one SSRC from here on, whatever its packets have. */
static enum hearing hear(leg *g, rtp_packet *in, uint64_t now_ns) {
    heard_stream *h = &g->stream;
    if (h->known && in->ssrc == h->ssrc) {
        h->last_ns = now_ns;
        in->ssrc = h->as;
        return HEARD;
    }
    int is_voice = !is_key(g, in->payload_type) && payload_law(g, in->payload_type) >= 0;
    enum hearing of = heard_other(h, &g->streams, in->ssrc, is_voice, stats_ahead(&g->rx, in->sequence), now_ns);
    if (of == HEARD_ON) in->ssrc = h->as;
    return of;
}

/* Numbers of before after a silence, or with a timestamp that goes on. The rest of a key that was told is none: it is a copy that came
 * very late. */
static int is_again(loop *l, leg *g, const rtp_packet *in, uint32_t ssrc, uint64_t now_ns) {
    const statistics *s = loop_stats(l, g);
    if (!stats_is_past(&g->rx, in->sequence) || s->rx_ssrc != ssrc) return 0;
    int is_after_silence = now_ns > s->last_rx_ns + REPEATED_NS_MAX;
    if (is_key(g, in->payload_type)) return is_after_silence && in->marker;
    if (is_after_silence || payload_law(g, in->payload_type) < 0) return is_after_silence;
    return pace_goes_on(&g->pace, (uint16_t)g->rx.extended_max, voice_stamp(&g->voice, in->timestamp));
}

/* The same stream with numbers of before: a sound file of packets is played again, say. */
static void begin_anew(loop *l, leg *g) {
    g->voice.has_order = 0;
    pace_restart(&g->pace);
    dtmf_forget(&g->keys_in);
    if (g->peer != NO_LEG) l->legs[g->peer].tx.mapped = l->legs[g->peer].key.known = 0;
}

/* `ssrc`: the packet's own. */
static void note_stream(loop *l, leg *g, const rtp_packet *in, uint32_t ssrc, enum hearing of, uint64_t now_ns) {
    statistics *s = loop_stats(l, g);
    if (is_again(l, g, in, ssrc, now_ns)) {
        stats_restart(&g->rx, s);
        begin_anew(l, g);
    }
    if (s->rx_packets > 0 && s->rx_ssrc != ssrc) {
        loop_tell(l, g, EVENT_SSRC_CHANGE, 0, s->rx_ssrc, ssrc, 0, now_ns);
        s->ssrc_changes += s->ssrc_changes < UINT16_MAX;
        if (of == HEARD) {
            stats_restart(&g->rx, s);
            g->voice.has_order = 0;
            pace_restart(&g->pace);
        }
    }
    s->rx_ssrc = ssrc;
    s->rx_packets++;
    s->rx_octets += in->payload_size;
    s->last_rx_ns = now_ns;
    g->timed_out = 0;
}

/* For the room, or for a far end that speaks otherwise: (frames * width) samples of the leg's own width. 0: they came too late. */
static int play_out(loop *l, leg *g, const rtp_packet *in, int16_t *samples, uint32_t frames, uint64_t arrival_ns,
                    uint64_t now_ns) {
    jitter_buffer *ear = &l->playouts[g->index].buffer;
    if (is_converted(l, g)) memset(samples, 0, (size_t)frames * ear->width * 2);
    int is_kept = jitter_push(ear, in->ssrc, in->sequence, in->timestamp, samples, frames, (int64_t)(arrival_ns / NS_PER_SAMPLE));
    loop_stats(l, g)->playout_ms = (uint16_t)(ear->target * 1000 / SAMPLE_RATE);
    if (loop_recodes(l, g)) wheel_start(l, &l->legs[g->peer], now_ns);
    return is_kept;
}

static void play_out_packet(loop *l, leg *g, const rtp_packet *in, int16_t *samples, uint32_t frames, uint64_t arrival_ns,
                            uint64_t now_ns) {
    if (!play_out(l, g, in, samples, frames, arrival_ns, now_ns)) stats_late(&g->rx, loop_stats(l, g), in->sequence);
}

static int is_played_out(const loop *l, const leg *g) { return g->seat.room != NO_ROOM || loop_recodes(l, g); }

static void play_out_codes(loop *l, leg *g, const rtp_packet *in, int law, const uint8_t *codes, uint64_t arrival_ns,
                           uint64_t now_ns) {
    int16_t samples[PAYLOAD_MAX * JITTER_WIDTH_MAX];
    uint32_t width = l->playouts[g->index].buffer.width;
    const int16_t *linear = g711_linear[law];
    if (width == 1)
        for (uint32_t i = 0; i < in->payload_size; i++) samples[i] = linear[codes[i]];
    else
        for (uint32_t i = 0; i < in->payload_size; i++) samples[2 * i] = samples[2 * i + 1] = linear[codes[i]];
    play_out_packet(l, g, in, samples, in->payload_size, arrival_ns, now_ns);
}

static void receive_audio(loop *l, leg *g, const rtp_packet *in, int law, const uint8_t *codes, uint32_t count,
                          uint64_t arrival_ns) {
    statistics *s = loop_stats(l, g);
    int is_behind = stats_timing(&g->rx, s, in->timestamp, (uint32_t)(arrival_ns / NS_PER_SAMPLE));
    if (!is_played_out(l, g)) {
        s->playout_ms = 0;
        if (is_behind) stats_late(&g->rx, s, in->sequence);
    }
    if (count > 0 && level_due(in->sequence)) {
        level_add(&s->rx_level, law, codes, count);
        enum fax_tone fax = fax_hear(&g->fax, law, codes, count);
        if (fax != FAX_NONE) loop_tell(l, g, EVENT_FAX, (uint8_t)fax, 0, 0, 0, arrival_ns);
    }
    if (g->listens) listen_for_tones(l, g, law, codes, count, arrival_ns);
    if (g->is_recorded)
        record_put(&l->recordings[g->index], &g->anchors[0], loop_ring(l, g), 0, in->timestamp, law, codes, count,
                   arrival_ns);
}

/* Whether it is for Python, whoever sent it. */
static int is_aside(const leg *g, enum shared kind) {
    return (kind == SHARED_RTCP && g->rtcp_mux) || (kind == SHARED_STUN && g->share.kinds & SHARE_ICE) ||
           (kind == SHARED_DTLS && g->share.kinds & SHARE_DTLS);
}

/* What shares the RTP port is Python's, and not more than so much a second: RTCP (RFC 5761) and DTLS of the leg's own source,
 * STUN from anywhere if it is meant for this leg, for that is how a source becomes one. */
static void hand_over(loop *l, leg *g, enum shared kind, const net_address *address, uint16_t port, const uint8_t *packet,
                      size_t size, uint64_t arrival_ns) {
    int is_ours = kind == SHARED_STUN   ? share_is_ours(&g->share, packet, size)
                  : kind == SHARED_DTLS ? latch_may_hear(&g->source, address, port)
                                        : latch_knows(&g->source, address, port);
    if (!is_ours) {
        loop_stats(l, g)->foreign++, l->count->foreign++;
        return;
    }
    aside_head head = {.leg = g->index, .generation = g->generation, .port = port, .address = *address, .at_ns = arrival_ns};
    if (kind == SHARED_RTCP ? g->asides++ < ASIDE_PER_SECOND_MAX : g->guests++ < SHARED_PER_SECOND_MAX)
        aside_put(l->aside_fds[0], &head, packet, (uint32_t)size);
}

/* The packet's size in the clear, -1 when it is not authentic: such a packet latches nothing and is no part of the stream. */
static int open_secured(loop *l, leg *g, uint8_t *packet, int size, const net_address *address, uint16_t port) {
    statistics *s = loop_stats(l, g);
    if (!g->srtp.is_on[SRTP_RECEIVE]) return size;
    if (!latch_may_hear(&g->source, address, port)) {
        s->foreign++, l->count->foreign++;
        return -1;
    }
    int plain = srtp_pair_open(&g->srtp, packet, (size_t)size, &l->retired);
    if (plain < 0) s->unauthentic++, l->count->unauthentic++;
    return plain;
}

/* What of the packets before this one is lost, as far as the coding can make it up: for who listens now and for the tape. */
static void recover(loop *l, leg *g, const rtp_packet *in, const uint8_t *payload, uint32_t frames, uint64_t arrival_ns,
                    uint64_t now_ns) {
    uint8_t codes[VOICE_FRAMES_MAX];
    int16_t samples[VOICE_FRAMES_MAX * JITTER_WIDTH_MAX];
    for (uint32_t behind = voice_lost(&g->voice, in->sequence, in->timestamp, frames); behind > 0; behind--) {
        rtp_packet lost = *in;
        if (voice_recover(&g->voice, behind, payload, in->payload_size, frames, samples) != frames) return;
        lost.sequence = (uint16_t)(in->sequence - behind), lost.timestamp = in->timestamp - behind * frames;
        if (g->is_recorded) {
            voice_narrow(g->voice.wide, g->voice.down, g->codec, samples, frames, codes);
            record_put(&l->recordings[g->index], &g->anchors[0], loop_ring(l, g), 0, lost.timestamp, g->codec, codes, frames,
                       arrival_ns);
        }
        if (is_played_out(l, g)) play_out(l, g, &lost, samples, frames, arrival_ns, now_ns);
    }
}

/* Another coding than G.711: a leg of the same one is sent the packet as it is.
 *
 * The law of what is left to relay, -1 when nothing is.
 */
static int receive_coded(loop *l, leg *g, leg *peer, rtp_packet *in, uint8_t *packet, uint64_t arrival_ns, uint64_t now_ns) {
    uint8_t codes[VOICE_FRAMES_MAX], *payload = packet + in->payload_offset;
    int16_t samples[VOICE_FRAMES_MAX * JITTER_WIDTH_MAX];
    int is_passed = peer != NULL && peer->voice.coding == g->voice.coding;
    int is_wanted = !is_passed || g->listens || g->is_recorded || peer->is_recorded;
    uint32_t frames = voice_frames(&g->voice, payload, in->payload_size);
    if (is_wanted && frames > 0) {
        recover(l, g, in, payload, frames, arrival_ns, now_ns);
        frames = voice_decode(&g->voice, payload, in->payload_size, samples);
    }
    if (frames == 0) {
        loop_stats(l, g)->malformed++, l->count->malformed++;
        return -1;
    }
    if (is_wanted) voice_narrow(g->voice.wide, g->voice.down, g->codec, samples, frames, codes);
    receive_audio(l, g, in, g->codec, codes, is_wanted ? frames : 0, arrival_ns);
    if (is_played_out(l, g)) {
        play_out_packet(l, g, in, samples, frames, arrival_ns, now_ns);
        return PASSED;
    }
    if (is_passed && !is_converted(l, g)) {
        transmit_pass(l, peer, in, peer->payload_type, is_wanted ? codes : NULL, frames, packet, now_ns);
        return PASSED;
    }
    in->payload_offset = RTP_HEADER, in->payload_size = (uint16_t)frames;
    memcpy(packet + RTP_HEADER, codes, frames);
    return g->codec;
}

/* RFC 3389: the noise is made for who hears this leg at our pace; to a far end of the same coding it goes on as it came. */
static int receive_noise(loop *l, leg *g, leg *peer, const rtp_packet *in, uint8_t *packet, uint64_t now_ns) {
    if (is_played_out(l, g))
        playout_rest(&l->playouts[g->index], in->ssrc, in->sequence, in->timestamp, packet + in->payload_offset, in->payload_size);
    else if (peer != NULL)
        transmit_pass(l, peer, in, COMFORT_PAYLOAD_TYPE, NULL, 0, packet, now_ns);
    return PASSED;
}

/* A far end would take it for voice, for keys, or, with its marker, for RTCP (RFC 5761 4). */
static int means_something(const leg *to, uint8_t payload_type) {
    return is_key(to, payload_type) || payload_law(to, payload_type) >= 0 || (payload_type >= 64 && payload_type < 96);
}

/* What was not agreed on goes on as it is to a far end of the same coding, but for what that one would take for something else. */
static int receive_unknown(loop *l, leg *g, leg *peer, const rtp_packet *in, uint8_t *packet, uint64_t now_ns) {
    loop_stats(l, g)->unknown_payload++;
    if (peer == NULL || loop_recodes(l, g) || means_something(peer, in->payload_type)) return -1;
    transmit_beside(l, peer, in, packet, now_ns);
    return PASSED;
}

/* The law of what is left to relay: G.711 whose far end speaks it too. */
static int receive_codes(loop *l, leg *g, const rtp_packet *in, int law, uint8_t *packet, uint64_t arrival_ns, uint64_t now_ns) {
    const uint8_t *codes = packet + in->payload_offset;
    receive_audio(l, g, in, law, codes, in->payload_size, arrival_ns);
    if (!is_played_out(l, g)) return law;
    play_out_codes(l, g, in, law, codes, arrival_ns, now_ns);
    return PASSED;
}

/* The timestamps go on by so much more than the sender said: no network did that, and a far end is sent its own. */
static void note_pause(loop *l, leg *g, uint32_t by) {
    if (is_played_out(l, g)) jitter_unlearn(&l->playouts[g->index].buffer, g->pace.packets);
    if (g->peer != NO_LEG) rtp_shift(&l->legs[g->peer].tx, by);
}

/* Voice whose timestamps say nothing goes by the count of its packets. */
static uint32_t paced(loop *l, leg *g, const rtp_packet *in, const uint8_t *packet, uint64_t arrival_ns) {
    uint32_t size = in->payload_size;
    uint32_t frames = is_coded(g, in) ? voice_frames(&g->voice, packet + in->payload_offset, size) : size;
    uint32_t shift = g->pace.shift;
    uint32_t stamp = pace_stamp(&g->pace, in->sequence, in->timestamp, frames, (uint32_t)(arrival_ns / NS_PER_SAMPLE));
    if (g->pace.shift != shift) note_pause(l, g, g->pace.shift - shift);
    return stamp;
}

static void take_packet(loop *l, leg *g, uint8_t *packet, int size, const net_address *address, uint16_t port, uint64_t arrival_ns,
                        uint64_t now_ns) {
    rtp_packet in;
    statistics *s = loop_stats(l, g);
    enum shared kind = share_kind(packet, (size_t)size);
    if (is_aside(g, kind)) {
        hand_over(l, g, kind, address, port, packet, (size_t)size, arrival_ns);
        return;
    }
    size = open_secured(l, g, packet, size, address, port);
    if (size < 0) return;
    if (!rtp_parse(packet, (size_t)size, &in)) {
        s->malformed++, l->count->malformed++;
        return;
    }
    if (!admit(l, g, &in, address, port, now_ns)) return;
    uint32_t ssrc = in.ssrc;
    enum hearing of = hear(g, &in, now_ns);
    if (of == BESIDE) {
        s->foreign++, l->count->foreign++;
        return;
    }
    note_stream(l, g, &in, ssrc, of, now_ns);
    enum arrival order = stats_sequence(&g->rx, s, in.sequence);
    if (order == ARRIVED_DUPLICATE) return;
    if (order >= ARRIVED_JUMP && g->peer != NO_LEG) l->legs[g->peer].tx.mapped = 0; /* it is of another run */
    if (order == ARRIVED_RESTART) begin_anew(l, g);
    uint32_t stamp = in.timestamp;
    in.timestamp = voice_stamp(&g->voice, stamp);
    int is_event = is_key(g, in.payload_type), law = is_event ? PCMU : payload_law(g, in.payload_type);
    if (is_event) in.timestamp = pace_key(&g->pace, in.timestamp, in.marker);
    else if (law >= 0) in.timestamp = paced(l, g, &in, packet, arrival_ns);
    else in.timestamp += g->pace.shift;
    int is_stale = now_ns > arrival_ns + STALE_NS_MAX; /* in overload, old audio helps nobody; an old key still counts */
    leg *peer = g->peer == NO_LEG ? NULL : &l->legs[g->peer];
    if (is_event) receive_key(l, g, &in, stamp, packet, now_ns);
    else if (is_stale) s->stale++, l->count->stale++;
    else if (is_coded(g, &in)) law = receive_coded(l, g, peer, &in, packet, arrival_ns, now_ns);
    else if (law >= 0) law = receive_codes(l, g, &in, law, packet, arrival_ns, now_ns);
    else if (in.payload_type == COMFORT_PAYLOAD_TYPE) law = receive_noise(l, g, peer, &in, packet, now_ns);
    else law = receive_unknown(l, g, peer, &in, packet, now_ns);
    if (peer == NULL || law == PASSED) return;
    if (is_event && in.payload_size >= DTMF_PAYLOAD)
        voice_scale_event(packet + in.payload_offset, g->voice.event_scale, peer->voice.event_scale);
    int is_unheard = is_stale || (!is_event && is_converted(l, g));
    transmit_relay(l, peer, &in, is_event, is_unheard ? -1 : law, packet, now_ns);
}

int receive_packet(loop *l, leg *g, int fd, uint64_t now_ns) {
    net_address address;
    uint16_t port;
    uint64_t arrival_ns;
    int size = socket_receive(l, g, fd, l->buffer, &address, &port, &arrival_ns, now_ns);
    if (size < 0) return 0;
    l->count->rx_packets++;
    take_packet(l, g, l->buffer, size, &address, port, arrival_ns, now_ns);
    return 1;
}
