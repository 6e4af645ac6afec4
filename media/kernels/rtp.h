/* RTP headers (RFC 3550 5.1): reading one that came, writing one that goes, keeping the outgoing stream continuous. */
#ifndef MEDIA_RTP_H
#define MEDIA_RTP_H

#include <stddef.h>
#include <stdint.h>

enum { RTP_HEADER = 12, PACKET_MAX = 2048, PAYLOAD_MAX = 1460 };

typedef struct {
    uint32_t timestamp, ssrc;
    uint16_t sequence, payload_offset, payload_size;
    uint8_t marker, payload_type;
} rtp_packet;

int rtp_parse(const uint8_t *data, size_t size, rtp_packet *out); /* 0 when it is no RTP packet we can use */
int rtp_is_rtcp(const uint8_t *data, size_t size); /* RFC 5761 4 */
void rtp_write(uint8_t *out, int marker, int payload_type, uint16_t sequence, uint32_t timestamp, uint32_t ssrc);

/* The outgoing stream of a leg. `mapped`: it follows an incoming stream by fixed offsets until that one breaks. */
typedef struct {
    uint32_t ssrc, last_timestamp, last_samples, timestamp_offset, map_ssrc, map_last_timestamp;
    uint16_t next_sequence, sequence_offset, map_last_sequence;
    uint8_t started, mapped, running, is_newest;
    uint64_t last_ns;
} rtp_sender;

uint32_t rtp_anchor(const rtp_sender *s, uint64_t now_ns);
int rtp_follow(rtp_sender *s, const rtp_packet *in, int is_event, uint64_t now_ns, uint16_t *sequence, uint32_t *timestamp);
void rtp_shift(rtp_sender *s, uint32_t by);
void rtp_skip(rtp_sender *s);
uint32_t rtp_beside(rtp_sender *s, uint16_t sequence, uint32_t timestamp, uint64_t now_ns);
void rtp_sent(rtp_sender *s, uint16_t sequence, uint32_t timestamp, uint32_t samples, uint64_t now_ns);
#endif
