/* Key presses as RTP events (RFC 4733): each heard exactly once, each sent with its marker and three ends. */
#ifndef MEDIA_DTMF_H
#define MEDIA_DTMF_H

#include "layout.h"

enum { DTMF_EVENT_MAX = 15, DTMF_FINISHED = 4, DTMF_PAYLOAD = 4, DTMF_SEGMENT_MIN = 0xf000, DTMF_ENDS = 3 };
enum { DTMF_SILENT_NS = 150 * 1000 * 1000, DTMF_GAP_NS = 40 * 1000 * 1000 };

typedef struct {
    uint64_t last_ns;
    uint32_t timestamp, duration;
    uint16_t sequence; /* of its newest packet */
    uint8_t event, used;
} dtmf_key;

typedef struct {
    dtmf_key finished[DTMF_FINISHED];
    uint32_t timestamp, duration, before; /* `before`: length of earlier segments of a long press */
    uint64_t last_ns;
    uint16_t sequence;
    uint8_t event, active, next_finished;
} dtmf_receiver;

typedef struct { uint8_t event; uint32_t duration; } dtmf_press; /* duration in samples */

int dtmf_packet(dtmf_receiver *d, const uint8_t *payload, uint32_t size, int marker, uint16_t sequence, uint32_t timestamp,
                uint64_t now_ns, dtmf_press *out, int *started); /* how many presses ended: 0..2 */
int dtmf_expire(dtmf_receiver *d, uint64_t now_ns, dtmf_press *out);
void dtmf_forget(dtmf_receiver *d); /* the sender begins anew: what it says again is no repetition */
char dtmf_character(uint8_t event);
int dtmf_event(char digit); /* -1 when it is none */

typedef struct {
    uint8_t count, index, ends, started;
    uint16_t done; /* digits since the last DTMF_OVER */
    uint32_t tone, gap, elapsed, timestamp;
    uint8_t digits[DIGITS_MAX];
} dtmf_sender;

enum dtmf_step { DTMF_QUIET = 0, DTMF_SEND = 1, DTMF_OVER = 2 };
void dtmf_queue(dtmf_sender *d, const uint8_t *digits, uint32_t count, uint32_t tone, uint32_t gap);
enum dtmf_step dtmf_next(dtmf_sender *d, uint32_t frames, uint32_t now_timestamp, uint8_t payload[DTMF_PAYLOAD], int *marker);
#endif
