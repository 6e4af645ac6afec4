/* The packet loop's own tables: one `leg` a stream, one `loop` a worker. Touched by the loop's thread only, once it runs. */
#ifndef MEDIA_LOOP_H
#define MEDIA_LOOP_H

#include <pthread.h>
#include <stdatomic.h>

#include "aside.h"
#include "conference.h"
#include "dtmf.h"
#include "fax.h"
#include "g711.h"
#include "inband.h"
#include "latch.h"
#include "layout.h"
#include "level.h"
#include "play.h"
#include "playout.h"
#include "record.h"
#include "rings.h"
#include "rtp.h"
#include "share.h"
#include "srtp.h"
#include "stats.h"
#include "voice.h"

enum { WHEEL_SLOTS = 128, EVENTS_PER_WAIT = 64, HOUSEKEEPING_MS = 50, UNHEARD_SEND_MAX_MS = 5000 };
enum { STALE_NS_MAX = 200 * 1000 * 1000, FLOOD_FOREIGN_MAX = 200, CATCH_UP_MS_MAX = 100 };
#define MS 1000000ull

/* A telephone event on its way through a leg that is sent at our own pace: its stamp as it came and as it goes. */
typedef struct {
    uint32_t ssrc, heard, sent;
    uint8_t known;
    uint64_t quiet_until_ns; /* nothing else is said while it lasts */
} key_relay;

typedef struct {
    int fd;
    uint16_t index, generation, peer, open_position;
    uint8_t listens, open, hold, send, silence, codec, payload_type, dtmf_payload_type, connected, in_wheel, timed_out, rtcp_mux;
    uint8_t keys_aside; /* keys reach its far end by signalling: none are made of the other side's */
    sa_family_t family;
    uint16_t wheel_next, wheel_previous;
    uint32_t ptime_ms, rx_timeout_ms, foreign_before, asides, guests;
    uint64_t due_ms, first_unheard_ns, rx_watch_ns;
    latch source;
    share share;
    rx_state rx;
    rtp_sender tx;
    dtmf_receiver keys_in;
    dtmf_sender keys_out;
    inband_receiver tones_in;
    fax_listener fax;
    record_anchor anchors[2];
    playlist next;
    player play;
    key_relay key;
    srtp_pair srtp;
    seat seat;
    voice voice;
} leg;

typedef struct {
    ring commands, events;
    leg *legs;
    statistics *stats;
    recording *recordings;
    int16_t *rings; /* LEGS_MAX x RECORD_RING x 2 */
    uint8_t *opus; /* LEGS_MAX x opus_pair_size(), touched where it is spoken */
    counters *count;
    const uint8_t *arena;
    uint32_t legs_max, arena_size, open_count;
    room *rooms; /* LEGS_MAX */
    playout *playouts; /* LEGS_MAX: what each is heard through, touched where it is not just relayed */
    uint16_t *open_legs;
    uint16_t wheel[WHEEL_SLOTS];
    uint32_t in_wheel;
    uint64_t wheel_ms, housekeeping_ms, second_ms, armed_ms, busy_before_ns;
    int64_t wall_offset_ns;
    int epoll_fd, timer_fd, cpu, aside_fds[2];
    pthread_t thread;
    atomic_int running;
    int started;
    srtp_retired retired;
    uint8_t buffer[PACKET_MAX + 64];
} loop;

static inline int16_t *loop_ring(loop *l, const leg *g) { return l->rings + (size_t)g->index * RECORD_RING * 2; }
/* Bridged to a leg that speaks otherwise: each is heard by the other through a play-out buffer, at our pace. */
static inline int loop_recodes(const loop *l, const leg *g) {
    return g->peer != NO_LEG && l->legs[g->peer].voice.coding != g->voice.coding;
}

static inline statistics *loop_stats(loop *l, const leg *g) { return &l->stats[g->index]; }

uint64_t clock_ns(void);
int loop_memory(loop *l, uint32_t legs_max);
void loop_free(loop *l);
void loop_tell(loop *l, const leg *g, uint8_t kind, uint8_t code, uint32_t a, uint32_t b, uint32_t c, uint64_t now_ns);
void loop_tell_source(loop *l, const leg *g, uint8_t kind, uint8_t code, const net_address *address, uint16_t port, uint64_t now_ns);

/* commands.c */
int command_prepare(command *c); /* on Python's thread, before the ring; 0: its keys cannot be used */
void command_forget(command *c);
void commands_run(loop *l, uint64_t now_ns);

/* sockets.c */
int socket_watch(loop *l, leg *g);
void socket_forget(loop *l, leg *g);
int socket_receive(loop *l, leg *g, uint8_t *out, net_address *address, uint16_t *port, uint64_t *arrival_ns, uint64_t now_ns);
void socket_filter(leg *g);   /* from now on the kernel refuses everybody but the locked source */
void socket_unfilter(leg *g);
int socket_send(loop *l, leg *g, const uint8_t *packet, uint32_t size, uint64_t now_ns);

/* receive.c */
void receive_packet(loop *l, leg *g, uint64_t now_ns);
void receive_press(loop *l, leg *g, const dtmf_press *press, int is_tone, uint64_t now_ns);

/* transmit.c */
int transmit_wanted(const loop *l, const leg *g, uint64_t now_ns); /* it has something to say by itself */
int transmit_allowed(leg *g, uint64_t now_ns);
void transmit_relay(loop *l, leg *to, const rtp_packet *in, int is_event, int law, uint8_t *packet, uint64_t now_ns);
void transmit_pass(loop *l, leg *to, const rtp_packet *in, uint8_t payload_type, const uint8_t *codes, uint32_t frames,
                   uint8_t *packet, uint64_t now_ns);
void transmit_tick(loop *l, leg *g, uint64_t due_ns);
void transmit_key(loop *l, leg *g, char digit, uint32_t duration, uint64_t now_ns);
void transmit_stop_play(loop *l, leg *g, enum play_reason reason, uint64_t now_ns);

/* conference.c */
void room_join(loop *l, leg *g, const command *c, uint64_t now_ns);
void room_leave(loop *l, leg *g);
void room_read(loop *l, leg *g, int law, uint64_t due_ns, uint8_t *out, uint32_t frames);
void room_attend(loop *l, leg *g, uint64_t due_ns);

/* wheel.c */
void wheel_start(loop *l, leg *g, uint64_t now_ns);
void wheel_stop(loop *l, leg *g);
void wheel_run(loop *l, uint64_t now_ns);
uint64_t wheel_next_ms(const loop *l);

/* tick.c */
int loop_start(loop *l);
void loop_turn(loop *l, uint64_t now_ns);
void loop_stop(loop *l);
#endif
