/* Commands from Python, applied one by one between packets. A command for a leg that is gone (older generation) does nothing. */
#include <string.h>

#include "crypto.h"
#include "loop.h"

enum { COMMANDS_PER_TURN_MAX = 64 };

/* Pages are taken and keys become a context here, so that the loop allocates nothing and no key lies in the ring. */
int command_prepare(loop *l, command *c) {
    loop_take_pages(l, c);
    if (c->op != OP_SRTP) return 1;
    void *context = NULL;
    if (c->count != SRTP_PLAIN && c->count != SRTP_LOCKED) {
        context = srtp_new(c->count, c->flag & 1, c->u.srtp.master, c->u.srtp.mki_size);
        if (context == NULL) return 0;
        crypto.wipe(c->u.bytes, sizeof c->u.bytes);
    }
    c->u.keyed.context = context;
    return 1;
}

void command_forget(command *c) {
    if (c->op == OP_SRTP) srtp_free(c->u.keyed.context);
}

static void open_leg(loop *l, const command *c) {
    if (c->leg >= l->legs_max || l->legs[c->leg].open) return;
    leg *g = &l->legs[c->leg];
    memset(g, 0, sizeof *g);
    memset(&l->stats[c->leg], 0, sizeof l->stats[c->leg]);
    g->fd = c->u.open.fd;
    g->line = -1;
    g->index = c->leg;
    g->generation = c->generation;
    g->peer = NO_LEG;
    g->seat.room = NO_ROOM;
    inband_reset(&g->tones_in);
    g->ptime_ms = 20;
    g->dtmf_payload_type = g->dtmf_payload_type_heard = NO_PAYLOAD_TYPE;
    voice_set(&g->voice, CODING_G711, 1, 0, NULL);
    g->tx.ssrc = c->u.open.ssrc;
    g->tx.next_sequence = c->u.open.sequence;
    g->tx.last_timestamp = c->u.open.timestamp;
    l->stats[c->leg].tx_ssrc = g->tx.ssrc;
    g->open = 1;
    g->open_position = (uint16_t)l->open_count;
    l->open_legs[l->open_count++] = g->index;
    socket_watch(l, g);
}

static void restart_wheel(loop *l, leg *g, uint64_t now_ns) {
    if (transmit_wanted(l, g, now_ns)) wheel_start(l, g, now_ns);
}

static void tune_one(loop *l, leg *g, int wide) {
    voice_widen(&g->voice, wide);
    if (g->seat.room != NO_ROOM || loop_recodes(l, g)) playout_start(&l->playouts[g->index], 1u + (uint32_t)wide);
}

/* Both legs of a bridge between codings listen anew, as a room to one that changes its own; what both can speak in 16 kHz goes through at that. */
static void tune(loop *l, leg *g) {
    leg *peer = g->peer == NO_LEG ? NULL : &l->legs[g->peer];
    int wide = loop_recodes(l, g) && voice_can_be_wide(&g->voice) && voice_can_be_wide(&peer->voice);
    tune_one(l, g, wide);
    if (peer != NULL) tune_one(l, peer, wide);
}

/* Those who were bridged hear silence again, if they want it. */
static void unbridge(loop *l, leg *g, uint64_t now_ns) {
    if (g->peer == NO_LEG) return;
    leg *peer = &l->legs[g->peer];
    g->peer = peer->peer = NO_LEG;
    g->tx.mapped = peer->tx.mapped = 0;
    tune(l, g);
    tune(l, peer);
    socket_settle(l, g);
    socket_settle(l, peer);
    restart_wheel(l, g, now_ns);
    restart_wheel(l, peer, now_ns);
}

static void close_leg(loop *l, leg *g, uint64_t now_ns) {
    unbridge(l, g, now_ns);
    room_leave(l, g);
    wheel_stop(l, g);
    socket_forget(l, g);
    record_stop(&l->recordings[g->index], now_ns);
    g->is_recorded = 0;
    srtp_end(&g->srtp, &l->retired);
    stats_end(&g->rx, &l->stats[g->index]);
    g->open = 0;
    uint16_t last = l->open_legs[--l->open_count];
    l->open_legs[g->open_position] = last;
    l->legs[last].open_position = g->open_position;
    loop_tell(l, g, EVENT_CLOSED, 0, 0, 0, 0, now_ns);
}

static int is_same_source(const latch *s, const command *c) {
    return s->known && address_same(&s->address, &c->u.remote.address) && s->port == c->u.remote.port && s->nat == (c->u.remote.nat != 0) &&
           address_same(&s->signalling, &c->u.remote.signalling);
}

/* A session refresh repeats the same values: the lock stays, unless its source has fallen silent. */
static void set_source(loop *l, leg *g, const command *c, uint64_t now_ns) {
    if (g->share.kinds & SHARE_ICE) return; /* the checks say what the source is */
    int heard = g->source.locked && now_ns < l->stats[g->index].last_rx_ns + 2000 * MS;
    if (is_same_source(&g->source, c) && (heard || g->source.exact)) return;
    socket_unlock(l, g);
    latch_set(&g->source, &c->u.remote.address, c->u.remote.port, &c->u.remote.signalling, c->u.remote.nat);
    g->stream = (heard_stream){0};
    g->streams = (spoken_streams){0};
    g->first_unheard_ns = 0;
}

static void set_path(loop *l, leg *g, const net_address *address, uint16_t port) {
    socket_unlock(l, g);
    latch_path(&g->source, address, port);
    g->first_unheard_ns = 0;
}

static void set_share(loop *l, leg *g, const command *c) {
    static const net_address nowhere;
    if ((g->share.kinds ^ c->flag) & SHARE_ICE) set_path(l, g, &nowhere, 0);
    g->share.kinds = c->flag;
    socket_settle(l, g);
    memcpy(g->share.ufrag, c->u.share.ufrag, SHARE_WORD);
    memcpy(g->share.prefix, c->u.share.prefix, SHARE_WORD);
}

static void set_voice(loop *l, leg *g, const command *c) {
    uint8_t *memory = l->opus == NULL ? NULL : l->opus + g->index * opus_pair_size();
    uint8_t before = g->voice.coding;
    voice_set(&g->voice, c->u.remote.coding, c->u.remote.event_scale, c->u.remote.fec, memory);
    if (g->voice.coding == before) return;
    tune(l, g);
    if (g->peer != NO_LEG) socket_settle(l, &l->legs[g->peer]);
}

static void set_remote(loop *l, leg *g, const command *c, uint64_t now_ns) {
    uint32_t ptime_ms = c->u.remote.ptime_ms;
    set_source(l, g, c, now_ns);
    g->codec = c->u.remote.codec == PCMA ? PCMA : PCMU;
    set_voice(l, g, c);
    g->payload_type = c->u.remote.payload_type & 0x7f;
    g->dtmf_payload_type = c->u.remote.dtmf_payload_type;
    g->payload_type_heard = c->u.remote.payload_type_heard & 0x7f;
    g->dtmf_payload_type_heard = c->u.remote.dtmf_payload_type_heard;
    g->send = c->u.remote.send != 0;
    g->silence = c->u.remote.silence != 0;
    g->rtcp_mux = c->u.remote.rtcp_mux != 0;
    socket_settle(l, g);
    g->keys_aside = c->u.remote.keys_aside != 0;
    wheel_stop(l, g);
    g->ptime_ms = ptime_ms < 10 || ptime_ms > PTIME_MS_MAX ? 20 : ptime_ms;
    restart_wheel(l, g, now_ns);
    if (!g->in_wheel) g->tx.running = 0;
}

static void bridge(loop *l, leg *g, uint16_t other, uint64_t now_ns) {
    if (other >= l->legs_max || !l->legs[other].open || other == g->index) return;
    leg *peer = &l->legs[other];
    unbridge(l, g, now_ns);
    unbridge(l, peer, now_ns);
    room_leave(l, g);
    room_leave(l, peer);
    g->peer = peer->index;
    peer->peer = g->index;
    tune(l, g);
    socket_settle(l, g);
    socket_settle(l, peer);
}

static void send_keys(loop *l, leg *g, const command *c, uint64_t now_ns) {
    uint32_t per_ms = SAMPLE_RATE / 1000, count = c->count < DIGITS_MAX ? c->count : DIGITS_MAX;
    dtmf_queue(&g->keys_out, c->u.dtmf.digits, count, c->u.dtmf.tone_ms * per_ms, c->u.dtmf.gap_ms * per_ms);
    restart_wheel(l, g, now_ns);
}

/* From now on it is due with the others of the room. */
static void join(loop *l, leg *g, const command *c, uint64_t now_ns) {
    uint16_t before = g->seat.room;
    unbridge(l, g, now_ns);
    room_join(l, g, c, now_ns);
    if (g->seat.room != before) wheel_stop(l, g);
    restart_wheel(l, g, now_ns);
}

static void apply_to_leg(loop *l, leg *g, const command *c, uint64_t now_ns) {
    switch (c->op) {
    case OP_CLOSE: close_leg(l, g, now_ns); break;
    case OP_REMOTE: set_remote(l, g, c, now_ns); break;
    case OP_BRIDGE: bridge(l, g, c->u.bridge.other, now_ns); break;
    case OP_UNBRIDGE: unbridge(l, g, now_ns); break;
    case OP_HOLD: g->hold = c->flag; break;
    case OP_SEGMENTS: play_add(&g->next, (const segment *)c->u.segments, c->count, l->arena_size); break;
    case OP_PLAY:
        play_start(&g->play, &g->next, c->u.play.token, c->u.play.loop, c->u.play.stop_on_key);
        wheel_start(l, g, now_ns);
        break;
    case OP_STOP: g->play.active = 0; break;
    case OP_RECORD_START:
        record_start(&l->recordings[g->index], g->anchors, now_ns);
        g->is_recorded = 1;
        break;
    case OP_RECORD_STOP:
        record_stop(&l->recordings[g->index], now_ns);
        g->is_recorded = 0;
        break;
    case OP_SEND_DTMF: send_keys(l, g, c, now_ns); break;
    case OP_RX_TIMEOUT:
        g->rx_timeout_ms = c->u.rx_timeout.ms;
        g->rx_watch_ns = now_ns;
        g->timed_out = 0;
        break;
    case OP_SRTP:
        srtp_set(&g->srtp, c->flag & 1, c->count, c->u.keyed.context, &l->retired);
        socket_settle(l, g);
        break;
    case OP_JOIN: join(l, g, c, now_ns); break;
    case OP_LEAVE: room_leave(l, g); break;
    case OP_TONES:
        if (g->listens != c->flag) inband_reset(&g->tones_in);
        g->listens = c->flag;
        break;
    case OP_SEEK: play_seek(&g->play, c->u.seek.frames); break;
    case OP_VOLUME: g->play.gain = c->u.volume.gain; break;
    case OP_SHARE: set_share(l, g, c); break;
    case OP_PATH:
        if (c->flag) latch_add_way(&g->source, &c->u.path.address, c->u.path.port);
        else set_path(l, g, &c->u.path.address, c->u.path.port);
        socket_settle(l, g);
        break;
    default: break;
    }
}

/* A thousand calls may begin at once: no more of it between two looks at the packets. */
void commands_run(loop *l, uint64_t now_ns) {
    command c;
    int count = 0;
    while (count < COMMANDS_PER_TURN_MAX && ring_pull(&l->commands, &c, 1) == 1) {
        count++;
        l->count->commands++;
        if (c.op == OP_OPEN) open_leg(l, &c);
        else if (c.leg < l->legs_max && l->legs[c.leg].open && l->legs[c.leg].generation == c.generation)
            apply_to_leg(l, &l->legs[c.leg], &c, now_ns);
        else if (c.op == OP_SRTP) srtp_retire(c.u.keyed.context, &l->retired);
    }
    if (count == COMMANDS_PER_TURN_MAX) ring_wake(&l->commands);
    l->count->open_legs = l->open_count;
}
