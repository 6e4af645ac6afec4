/* What shares a port with RTP: RTCP, STUN and DTLS, told apart by their first octets (RFC 7983, RFC 5761). */
#ifndef MEDIA_SHARE_H
#define MEDIA_SHARE_H

#include <stddef.h>
#include <stdint.h>

enum shared { SHARED_RTP = 0, SHARED_RTCP, SHARED_STUN, SHARED_DTLS, SHARED_NONE };
enum { SHARE_WORD = 8, SHARE_ICE = 1, SHARE_DTLS = 2, SHARED_PER_SECOND_MAX = 100 };

/* What a leg takes beside RTP. No stranger knows `ufrag`, which begins the USERNAME of every request to us (RFC 8445 7.2.2), nor
 * `prefix`, which begins the transaction id of every request of ours. */
typedef struct {
    uint8_t kinds, ufrag[SHARE_WORD], prefix[SHARE_WORD];
} share;

enum shared share_kind(const uint8_t *packet, size_t size);
int share_is_ours(const share *s, const uint8_t *stun, size_t size); /* a request that names us, or an answer to one of ours */
#endif
