/* SRTP (RFC 3711, 6188, 7714): one context a direction of a leg. SRTCP is Python's business (media/rtp/srtp.py), as RTCP is.
 *
 * A context is made, with all that it will ever allocate, and freed on Python's thread; the loop's thread uses it in between.
 */
#ifndef MEDIA_SRTP_H
#define MEDIA_SRTP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { SRTP_MASTER_MAX = 46, SRTP_TAG_MAX = 16, SRTP_MKI_MAX = 128, SRTP_SOURCES = 16, SRTP_WINDOW = 64 };
enum srtp_direction { SRTP_SEND = 0, SRTP_RECEIVE = 1 };
enum srtp_suite {
    SRTP_PLAIN = 0, SRTP_AES_128_SHA1_80, SRTP_AES_128_SHA1_32, SRTP_AES_256_SHA1_80, SRTP_AES_256_SHA1_32,
    SRTP_AES_128_GCM, SRTP_AES_256_GCM,
    SRTP_LOCKED = 255 /* no keys yet: nothing passes */
};

typedef struct srtp_context srtp_context;

/* `master` is key and salt together, as long as the suite wants. NULL: no libcrypto, no such suite, no memory. */
srtp_context *srtp_new(int suite, enum srtp_direction direction, const uint8_t *master, uint32_t mki_size);
void srtp_free(srtp_context *c);
int srtp_is_same(const srtp_context *a, const srtp_context *b); /* suite and master key */

/* Both work in place and return the new size. protect: SRTP_TAG_MAX octets of room behind; -1 when this index was used before:
 * a keystream is never used twice. unprotect: -1 forged, -2 replayed, -3 no RTP; then the packet is as it came. */
int srtp_protect(srtp_context *c, uint8_t *packet, size_t size);
int srtp_unprotect(srtp_context *c, uint8_t *packet, size_t size);

/* A leg's contexts. `before`: the receiver of the keys before these, until the first packet under the new ones came. */
typedef struct {
    srtp_context *send, *receive, *before;
    uint8_t is_on[2]; /* by direction: with no context too, nothing passes in the clear */
} srtp_pair;

/* Contexts the loop is done with, for Python's thread to free. */
typedef _Atomic(srtp_context *) srtp_retired;

void srtp_set(srtp_pair *p, enum srtp_direction direction, int suite, srtp_context *c, srtp_retired *retired);
void srtp_end(srtp_pair *p, srtp_retired *retired);
void srtp_retire(srtp_context *c, srtp_retired *retired);
void srtp_free_retired(srtp_retired *retired);
int srtp_pair_is_locked(const srtp_pair *p); /* no keys to send with yet: what is to be played waits */
int srtp_pair_open(srtp_pair *p, uint8_t *packet, size_t size, srtp_retired *retired);
int srtp_pair_close(srtp_pair *p, uint8_t *packet, size_t size); /* -1: not to be sent */
#endif
