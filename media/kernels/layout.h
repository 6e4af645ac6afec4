/* The records shared with Python, byte for byte (media/plane/records.py mirrors them). Ports in host order. */
#ifndef MEDIA_LAYOUT_H
#define MEDIA_LAYOUT_H

#include <stdint.h>

#include "address.h"

enum { SAMPLE_RATE = 8000, NS_PER_SAMPLE = 125000 };
enum { COMMAND_RING = 4096, EVENT_RING = 16384, RECORD_RING = 16384 }; /* powers of two; RECORD_RING frames = 2.048 s */
enum { LEGS_MAX = 4096, SEGMENTS_MAX = 64, DIGITS_MAX = 32, SEGMENTS_PER_COMMAND = 6, PTIME_MS_MAX = 60 };
enum { NO_LEG = 0xffff, NO_PAYLOAD_TYPE = 255 };
enum { PCMU = 0, PCMA = 1 };

enum operation {
    OP_OPEN = 1, OP_CLOSE, OP_REMOTE, OP_BRIDGE, OP_UNBRIDGE, OP_HOLD, OP_SEGMENTS, OP_PLAY, OP_STOP,
    OP_RECORD_START, OP_RECORD_STOP, OP_SEND_DTMF, OP_RX_TIMEOUT, OP_SRTP, OP_JOIN, OP_LEAVE,
    OP_TONES, OP_SEEK, OP_VOLUME, OP_SHARE, OP_PATH
};

typedef struct {
    uint8_t op, flag;
    uint16_t leg, generation, count;
    union {
        struct { int32_t fd; uint32_t ssrc, timestamp; uint16_t sequence; } open;
        struct {
            net_address address, signalling;
            uint16_t port;
            uint8_t nat, codec, payload_type, dtmf_payload_type, ptime_ms, send, silence, rtcp_mux;
            uint8_t coding, event_scale, fec, keys_aside;
            uint8_t payload_type_heard, dtmf_payload_type_heard;
        } remote;
        struct { uint16_t other; } bridge;
        struct { uint32_t offset, frames; } segments[SEGMENTS_PER_COMMAND];
        struct { uint32_t token; uint8_t loop, stop_on_key; } play;
        struct { uint32_t frames; } seek;
        struct { uint16_t gain; } volume; /* in 1/4096 */
        struct { uint8_t digits[DIGITS_MAX]; uint16_t tone_ms, gap_ms; } dtmf;
        struct { uint32_t ms; } rx_timeout;
        struct { uint8_t mki_size, master[46]; } srtp; /* flag: direction, count: suite */
        struct { void *context; } keyed;               /* what becomes of it on the way into the ring: keys do not lie there */
        struct { uint16_t room, to; uint8_t muted, deaf; } join; /* `to`: the only leg that hears this one, or NO_LEG */
        struct { uint8_t ufrag[8], prefix[8]; } share; /* flag: the kinds that are taken beside RTP */
        struct { net_address address; uint16_t port; } path; /* port 0: none; flag: one more that may be heard, not the one to send to */
        uint8_t bytes[56];
    } u;
} command;

enum event_kind {
    EVENT_CLOSED = 1, EVENT_LATCHED, EVENT_SSRC_CHANGE, EVENT_DIGIT, EVENT_PLAY_DONE, EVENT_RX_TIMEOUT,
    EVENT_DTMF_SENT, EVENT_OVERLOAD, EVENT_SPEAKING, EVENT_KEY, EVENT_FAX, EVENT_DEAF
};
enum play_reason { PLAY_END = 0, PLAY_KEY = 1 };

typedef struct {
    uint8_t kind, code;
    uint16_t leg, generation, port;
    uint64_t at_ns;
    union {
        struct { uint32_t a, b, c, d; };
        net_address address;
    };
} event;

/* One direction's loudness, of the packets that were measured. */
typedef struct {
    uint64_t energy;
    uint32_t samples, packets, silent, clipped; /* clipped: samples at the end of the scale */
} level_figures;

/* One stream's figures since OPEN. Lost = rx_expected - (rx_counted - duplicates). Jitter is RFC 3550 A.8 in 1/16 samples.
 * `judged` to `burst_gone` are of RFC 3611 4.7.2, and behind by the 64 packets that may still come out of order. */
typedef struct {
    uint64_t rx_packets, rx_octets, tx_packets, tx_octets;
    uint32_t rx_ssrc, tx_ssrc, rx_expected, rx_counted;
    uint32_t duplicates, reordered, late, jitter_q4;
    uint32_t foreign, malformed, tx_errors, unknown_payload;
    uint64_t last_rx_ns, last_tx_ns;
    uint32_t tx_timestamp, rx_max_sequence, stale;
    uint16_t ssrc_changes, playout_ms; /* how far behind it is heard; 0: it is relayed, and not heard here */
    uint32_t judged, gone, gone_runs, bursts, burst_packets, burst_gone;
    level_figures rx_level, tx_level;
    uint32_t unauthentic, flooded;
} statistics;

typedef struct {
    uint64_t now_ns, wakeups, rx_packets, tx_packets, late_ticks, events_dropped, commands, busy_ns;
    uint32_t busy_permille, open_legs, priority, running; /* priority: 2 = SCHED_FIFO, 1 = nice, 0 = as given */
    uint64_t foreign, malformed, stale, unauthentic, flooded, unused[1];
} counters;

/* Where a leg's recording stands: frames [tail, head) may be read from its ring; 0 <= head - tail <= RECORD_RING. */
typedef struct {
    uint64_t start_ns, stop_frames, tail, dropped;
    uint32_t active, unused[7];
} recording;

enum { WAV_HEADER_SIZE = 44 };

/* The file of a leg's recording that is saved as it is. `look`: it needs more than that, or `error`, an errno, says why it ended;
 * from then on nothing is done about it. The header tells of `told_frames` of its `frames`. */
typedef struct {
    uint64_t due_ns, frames, told_frames, frames_max;
    int32_t fd;
    uint32_t look, error, margin_frames, block_size;
    uint8_t header[WAV_HEADER_SIZE];
    uint32_t unused[8];
} recording_file;

_Static_assert(sizeof(command) == 64, "command");
_Static_assert(sizeof(event) == 32, "event");
_Static_assert(sizeof(statistics) == 192, "statistics");
_Static_assert(sizeof(counters) == 128, "counters");
_Static_assert(sizeof(recording) == 64, "recording");
_Static_assert(sizeof(recording_file) == 128, "recording_file");
#endif
