/* The packet loop's own tables: one `leg` a stream, one `loop` a worker. Touched by the loop's thread only, once it runs. */
#ifndef MEDIA_LOOP_H
#define MEDIA_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "aside.h"
#include "conference.h"
#include "dtmf.h"
#include "fax.h"
#include "g711.h"
#include "gather.h"
#include "heard.h"
#include "inband.h"
#include "latch.h"
#include "layout.h"
#include "level.h"
#include "pace.h"
#include "play.h"
#include "playout.h"
#include "record.h"
#include "rings.h"
#include "rtp.h"
#include "share.h"
#include "srtp.h"
#include "stats.h"
#include "voice.h"

enum { LINE_TOKEN = 0x8000, TOKEN_COMMANDS = 0x10000, TOKEN_TIMER }; /* by epoll: the leg of this index, its line */
enum { WHEEL_SLOTS = 128, EVENTS_PER_WAIT = 64, HOUSEKEEPING_MS = 50, UNHEARD_SEND_MAX_MS = 5000 };
enum { HEARD_PER_SECOND_MAX = 500 }; /* of a leg: packets of 10 ms are 100 a second, and what a stalled network held back comes at once */
enum { PRESSES_PER_SECOND_MAX = 50 }; /* of a leg: who dials fast presses 15, and the switch has to do with each */
enum { STALE_NS_MAX = 200 * 1000 * 1000, FLOOD_FOREIGN_MAX = 200, CATCH_UP_MS_MAX = 100 };
enum { PROMPT_NS_MAX = 1000 * 1000 };
#define MS 1000000ull

/* A telephone event on its way through a leg that is sent at our own pace: its stamp as it came and as it goes. */
typedef struct {
    uint32_t ssrc, heard, sent;
    uint8_t known;
    uint64_t quiet_until_ns; /* nothing else is said while it lasts */
} key_relay;

/* What every packet needs comes first and lies close together: of a thousand legs none is still in the cache when its packet comes. */
typedef struct {
    _Alignas(64) int fd, line; /* -1: none. `line` is of the locked source alone */
    uint16_t index, generation, peer;
    uint8_t listens, open, hold, send, silence, codec, payload_type, dtmf_payload_type, in_wheel, timed_out, rtcp_mux;
    uint8_t payload_type_heard, dtmf_payload_type_heard; /* what the far end may say instead: the numbers that were offered it */
    uint8_t keys_aside; /* keys reach its far end by signalling: none are made of the other side's */
    uint8_t is_recorded, wants_line, is_shut; /* nothing is read from `fd` */
    uint8_t is_calm;                          /* what comes for it wakes nobody */
    sa_family_t family;
    uint16_t wheel_next, wheel_previous;
    uint32_t ptime_ms;
    uint64_t due_ms, first_unheard_ns, line_ns; /* `line_ns`: when the line was connected, until something came there since */
    rtp_sender tx;
    rx_state rx;
    heard_stream stream;
    pace pace;
    seat seat;
    srtp_pair srtp;
    share share;
    latch source;
    voice voice;
    player play;
    dtmf_sender keys_out;
    fax_listener fax;
    dtmf_receiver keys_in;
    key_relay key;
    record_anchor anchors[2];
    inband_receiver tones_in;
    playlist next;
    spoken_streams streams;
    uint64_t rx_watch_ns;
    uint32_t rx_timeout_ms, foreign_before, asides, guests, heard, presses;
    uint8_t press_is_told[2]; /* an event's, a tone's: that it began */
    uint16_t open_position;
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
    int16_t *spoken; /* LEGS_MAX x ROOM_RING */
    playout *playouts; /* LEGS_MAX: what each is heard through, touched where it is not just relayed */
    uint16_t *open_legs;
    uint8_t codings[LEGS_MAX]; /* as was asked for last: of Python's thread */
    uint16_t wheel[WHEEL_SLOTS];
    uint16_t lines[LEGS_MAX]; /* a ring: who waits for a line */
    uint32_t in_wheel, lines_first, lines_count;
    uint64_t lines_ms, calm_ms, wheel_ms, housekeeping_ms, second_ms, armed_ms, busy_before_ns;
    int64_t wall_offset_ns;
    gather gather;
    int epoll_fd, calm_fd, timer_fd, cpu, aside_fds[2];
    uint32_t calm_legs, calm_left; /* `calm_left`: not all of them were looked at */
    uint64_t look_ns;              /* when what this look finds came, as near as it matters; 0: each is asked for */
    uint8_t is_first;              /* nothing of this look was taken yet */
    pthread_t thread;
    atomic_int running;
    int started;
    srtp_retired retired;
    uint8_t buffer[PACKET_MAX + 64];
} loop;

static inline int16_t *loop_ring(loop *l, const leg *g) { return l->rings + (g - l->legs) * RECORD_RING * 2; }
static inline int16_t *loop_spoken(loop *l, const leg *g) { return l->spoken + (size_t)g->index * ROOM_RING; }
/* Bridged to a leg that speaks otherwise: each is heard by the other through a play-out buffer, at our pace. */
static inline int loop_recodes(const loop *l, const leg *g) {
    return g->peer != NO_LEG && l->legs[g->peer].voice.coding != g->voice.coding;
}

/* Into the cache, before it is needed. */
static inline void fetch(const void *from, size_t size_bytes) {
    for (size_t at = 0; at < size_bytes; at += 64) __builtin_prefetch((const char *)from + at);
}

static inline void fetch_leg(const loop *l, uint16_t index) {
    const leg *g = &l->legs[index];
    fetch(g, offsetof(leg, source.ways));
    fetch(&g->voice, 1), fetch(&g->play, 1), fetch(&g->keys_out, 1);
    fetch(&l->stats[index], sizeof(statistics));
}

static inline statistics *loop_stats(loop *l, const leg *g) { return &l->stats[g->index]; }

uint64_t clock_ns(void);
void loop_look_at_wall(loop *l); /* how far it is ahead of that clock: now and then it is set */
void loop_tell(loop *l, const leg *g, uint8_t kind, uint8_t code, uint32_t a, uint32_t b, uint32_t c, uint64_t now_ns);
void loop_tell_source(loop *l, const leg *g, uint8_t kind, uint8_t code, const net_address *address, uint16_t port, uint64_t now_ns);

/* memory.c */
int loop_memory(loop *l, uint32_t legs_max);
void loop_take_pages(loop *l, const command *c); /* what it will be done with, on Python's thread: the loop never waits for memory */
void loop_free(loop *l);

/* commands.c */
int command_prepare(loop *l, command *c); /* on Python's thread, before the ring; 0: its keys cannot be used */
void command_forget(command *c);
void commands_run(loop *l, uint64_t now_ns);

/* sockets.c */
void socket_watch(loop *l, leg *g); /* EVENT_DEAF, here and later: it cannot be */
void socket_forget(loop *l, leg *g);
/* What nobody is sent at once is taken with what else has come within 10 ms, and before any tick, and wakes nobody: a wake-up costs
 * as much as a packet. Of a bridge nothing waits but what is played out there in another coding, nor do ICE and DTLS until they are through. */
void socket_settle(loop *l, leg *g);
/* To ask the kernel when a packet came costs a fifth of taking it. It is asked for the first of a look, the oldest: where that came
 * within PROMPT_NS_MAX, the others are taken to be half as old, which is half a millisecond off at most. */
int socket_receive(loop *l, leg *g, int fd, uint8_t *out, net_address *address, uint16_t *port, uint64_t *arrival_ns, uint64_t now_ns);
void socket_lock(loop *l, leg *g); /* gives the locked source its line */
void socket_unlock(loop *l, leg *g);
void socket_shut(loop *l, leg *g); /* from now on only the line is read */
int socket_send(loop *l, leg *g, const uint8_t *packet, uint32_t size, uint64_t now_ns);

/* lines.c */
void lines_want(loop *l, leg *g); /* of another source than before */
void lines_run(loop *l, uint64_t now_ns);
uint64_t lines_next_ms(const loop *l);

/* receive.c */
int receive_packet(loop *l, leg *g, int fd, uint64_t now_ns); /* 0: there was none */
void receive_press(loop *l, leg *g, const dtmf_press *press, int is_tone, uint64_t now_ns);

/* transmit.c */
int transmit_wanted(const loop *l, const leg *g, uint64_t now_ns); /* it has something to say by itself */
int transmit_allowed(leg *g, uint64_t now_ns);
void transmit_relay(loop *l, leg *to, const rtp_packet *in, int is_event, int law, uint8_t *packet, uint64_t now_ns);
void transmit_pass(loop *l, leg *to, const rtp_packet *in, uint8_t payload_type, const uint8_t *codes, uint32_t frames,
                   uint8_t *packet, uint64_t now_ns);
void transmit_beside(loop *l, leg *to, const rtp_packet *in, uint8_t *packet, uint64_t now_ns);
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
