/* Telling apart what shares the RTP port; which STUN is meant for a leg. Whether it is authentic is judged in Python. */
#include "share.h"

#include <string.h>

#include "rtp.h"

enum { STUN_HEADER = 20, STUN_MAX = 1280, STUN_REQUEST = 0x0001, STUN_SUCCESS = 0x0101, STUN_ERROR = 0x0111, STUN_USERNAME = 6 };
static const uint8_t COOKIE[4] = {0x21, 0x12, 0xa4, 0x42};

static uint32_t half(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }

enum shared share_kind(const uint8_t *packet, size_t size) {
    if (size == 0) return SHARED_NONE;
    if (packet[0] < 4) return SHARED_STUN;
    if (packet[0] >= 20 && packet[0] < 64) return SHARED_DTLS;
    if (packet[0] < 128 || packet[0] > 191) return SHARED_NONE;
    return rtp_is_rtcp(packet, size) ? SHARED_RTCP : SHARED_RTP;
}

static int names_us(const share *s, const uint8_t *stun, size_t size) {
    for (size_t at = STUN_HEADER; at + 4 <= size;) {
        uint32_t name = half(stun + at), length = half(stun + at + 2);
        at += 4;
        if (length > size - at) return 0;
        if (name == STUN_USERNAME)
            return length >= SHARE_WORD && memcmp(stun + at, s->ufrag, SHARE_WORD) == 0;
        at += (length + 3) & ~3u;
    }
    return 0;
}

int share_is_ours(const share *s, const uint8_t *stun, size_t size) {
    if (size < STUN_HEADER || size > STUN_MAX || half(stun + 2) != size - STUN_HEADER || memcmp(stun + 4, COOKIE, 4) != 0)
        return 0;
    switch (half(stun)) {
    case STUN_REQUEST: return names_us(s, stun, size);
    case STUN_SUCCESS:
    case STUN_ERROR: return memcmp(stun + 8, s->prefix, SHARE_WORD) == 0;
    default: return 0;
    }
}
