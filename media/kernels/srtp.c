/* SRTP packets: key derivation, packet index and replay window, the two transforms, and a leg's pair of contexts. */
#include "srtp.h"

#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "rtp.h"

enum { LABEL_KEY = 0, LABEL_AUTHENTICATION = 1, LABEL_SALT = 2, SALT_MAX = 14, IV_SIZE = 16, GCM_IV = 12 };
enum { FORGED = -1, REPLAYED = -2, NO_RTP = -3 };

typedef struct { uint8_t key_size, salt_size, tag_size, is_gcm; } suite_shape;
static const suite_shape SHAPES[] = {{0, 0, 0, 0},    {16, 14, 10, 0}, {16, 14, 4, 0}, {32, 14, 10, 0},
                                     {32, 14, 4, 0},  {16, 12, 16, 1}, {32, 12, 16, 1}};

/* One SSRC under the context's master key (RFC 3711 3.2.3): `highest` is ROC and sequence number together. */
typedef struct { uint64_t highest, window, used_at; uint32_t ssrc; uint8_t is_known; } source;

struct srtp_context {
    srtp_context *next_retired;
    void *cipher;
    suite_shape shape;
    uint8_t suite, direction, salt[SALT_MAX], master[SRTP_MASTER_MAX];
    uint32_t mki_size;
    uint64_t clock;
    sha1_state inner, outer;
    source sources[SRTP_SOURCES];
    uint8_t plain[PACKET_MAX];
};

/* -- keys (RFC 3711 4.3, with a key derivation rate of zero) ------------------------------------------------------------ */

static int derive(void *prf, const suite_shape *shape, const uint8_t *master, int label, uint8_t *out, int size) {
    static const uint8_t zeros[32];
    uint8_t iv[IV_SIZE] = {0};
    int done = 0;
    memcpy(iv, master + shape->key_size, shape->salt_size);
    iv[7] ^= (uint8_t)label;
    return crypto.start(prf, shape->key_size == 16 ? crypto.aes_128_ctr() : crypto.aes_256_ctr(), NULL, master, iv, 1) == 1 &&
           crypto.update(prf, out, &done, zeros, size) == 1 && done == size;
}

static void key_sha1(srtp_context *c, const uint8_t *key) {
    uint8_t pad[SHA1_BLOCK];
    for (int i = 0; i < SHA1_BLOCK; i++) pad[i] = (i < SHA1_SIZE ? key[i] : 0) ^ 0x36;
    crypto.sha1_start(&c->inner);
    crypto.sha1_update(&c->inner, pad, SHA1_BLOCK);
    for (int i = 0; i < SHA1_BLOCK; i++) pad[i] ^= 0x36 ^ 0x5c;
    crypto.sha1_start(&c->outer);
    crypto.sha1_update(&c->outer, pad, SHA1_BLOCK);
    crypto.wipe(pad, sizeof pad);
}

static const void *cipher_kind(const suite_shape *shape) {
    if (shape->is_gcm) return shape->key_size == 16 ? crypto.aes_128_gcm() : crypto.aes_256_gcm();
    return shape->key_size == 16 ? crypto.aes_128_ctr() : crypto.aes_256_ctr();
}

static int key_context(srtp_context *c) {
    uint8_t key[32], authentication[SHA1_SIZE];
    void *prf = crypto.new_cipher();
    int encrypts = !c->shape.is_gcm || c->direction == SRTP_SEND;
    int right = prf != NULL && derive(prf, &c->shape, c->master, LABEL_KEY, key, c->shape.key_size) &&
                derive(prf, &c->shape, c->master, LABEL_AUTHENTICATION, authentication, SHA1_SIZE) &&
                derive(prf, &c->shape, c->master, LABEL_SALT, c->salt, c->shape.salt_size) &&
                crypto.start(c->cipher, cipher_kind(&c->shape), NULL, key, NULL, encrypts) == 1;
    if (right) key_sha1(c, authentication);
    if (prf != NULL) crypto.free_cipher(prf);
    crypto.wipe(key, sizeof key);
    crypto.wipe(authentication, sizeof authentication);
    return right;
}

srtp_context *srtp_new(int suite, enum srtp_direction direction, const uint8_t *master, uint32_t mki_size) {
    if (!crypto_available() || suite < SRTP_AES_128_SHA1_80 || suite > SRTP_AES_256_GCM || mki_size > SRTP_MKI_MAX) return NULL;
    srtp_context *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->shape = SHAPES[suite];
    c->suite = (uint8_t)suite;
    c->direction = (uint8_t)direction;
    c->mki_size = mki_size;
    memcpy(c->master, master, (size_t)c->shape.key_size + c->shape.salt_size);
    c->cipher = crypto.new_cipher();
    if (c->cipher != NULL && key_context(c)) return c;
    srtp_free(c);
    return NULL;
}

void srtp_free(srtp_context *c) {
    if (c == NULL) return;
    if (c->cipher != NULL) crypto.free_cipher(c->cipher);
    crypto.wipe(c, sizeof *c);
    free(c);
}

int srtp_is_same(const srtp_context *a, const srtp_context *b) {
    return a->suite == b->suite && a->mki_size == b->mki_size && crypto.differ(a->master, b->master, SRTP_MASTER_MAX) == 0;
}

/* -- packet index (RFC 3711 3.3.1) and replay (3.3.2) ------------------------------------------------------------------- */

/* The SSRC's place, or the one that a new SSRC will take: the longest unused. */
static source *source_of(srtp_context *c, uint32_t ssrc) {
    source *oldest = &c->sources[0];
    for (source *s = c->sources; s < c->sources + SRTP_SOURCES; s++) {
        if (s->is_known && s->ssrc == ssrc) return s;
        if (s->used_at < oldest->used_at) oldest = s;
    }
    return oldest;
}

static int64_t index_of(const source *s, uint32_t ssrc, uint16_t sequence) {
    if (!s->is_known || s->ssrc != ssrc) return sequence;
    return (int64_t)s->highest + (int16_t)(uint16_t)(sequence - (uint16_t)s->highest);
}

static int is_used(const source *s, uint32_t ssrc, int64_t index) {
    if (index < 0) return 1;
    if (!s->is_known || s->ssrc != ssrc || index > (int64_t)s->highest) return 0;
    uint64_t back = s->highest - (uint64_t)index;
    return back >= SRTP_WINDOW || (s->window >> back & 1);
}

static void use(srtp_context *c, source *s, uint32_t ssrc, uint64_t index) {
    if (!s->is_known || s->ssrc != ssrc) {
        s->is_known = 1, s->ssrc = ssrc, s->highest = index, s->window = 1;
    } else if (index > s->highest) {
        uint64_t ahead = index - s->highest;
        s->window = ahead < SRTP_WINDOW ? s->window << ahead | 1 : 1;
        s->highest = index;
    } else {
        s->window |= (uint64_t)1 << (s->highest - index);
    }
    s->used_at = ++c->clock;
}

/* -- the transforms ----------------------------------------------------------------------------------------------------- */

static uint32_t word(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_word(uint8_t *p, uint32_t value) {
    p[0] = (uint8_t)(value >> 24), p[1] = (uint8_t)(value >> 16), p[2] = (uint8_t)(value >> 8), p[3] = (uint8_t)value;
}

/* Header, CSRCs and extension: what is authenticated but not encrypted. 0 when the lengths lie or it is no RTP. */
static size_t header_size(const uint8_t *p, size_t size) {
    if (size < RTP_HEADER || p[0] >> 6 != 2 || (p[1] >= 192 && p[1] <= 223)) return 0;
    size_t at = RTP_HEADER + 4u * (p[0] & 0x0f);
    if (p[0] & 0x10) {
        if (size < at + 4) return 0;
        at += 4 + 4u * ((size_t)p[at + 2] << 8 | p[at + 3]);
    }
    return at <= size ? at : 0;
}

static void make_iv(const srtp_context *c, uint32_t ssrc, uint64_t index, uint8_t iv[IV_SIZE]) {
    int at = c->shape.is_gcm ? 2 : 4; /* RFC 7714 8.1, RFC 3711 4.1.1 */
    memset(iv, 0, IV_SIZE);
    put_word(iv + at, ssrc);
    put_word(iv + at + 4, (uint32_t)(index >> 16));
    iv[at + 8] = (uint8_t)(index >> 8), iv[at + 9] = (uint8_t)index;
    for (int i = 0; i < c->shape.salt_size; i++) iv[i] ^= c->salt[i];
}

static int cross(srtp_context *c, const uint8_t *iv, uint8_t *out, const uint8_t *in, size_t size) {
    int done = 0;
    return crypto.start(c->cipher, NULL, NULL, NULL, iv, -1) == 1 &&
           (size == 0 || crypto.update(c->cipher, out, &done, in, (int)size) == 1);
}

static void sign(const srtp_context *c, const uint8_t *packet, size_t size, uint64_t index, uint8_t digest[SHA1_SIZE]) {
    uint8_t roc[4];
    sha1_state state = c->inner;
    put_word(roc, (uint32_t)(index >> 16));
    crypto.sha1_update(&state, packet, size);
    crypto.sha1_update(&state, roc, sizeof roc);
    crypto.sha1_finish(digest, &state);
    state = c->outer;
    crypto.sha1_update(&state, digest, SHA1_SIZE);
    crypto.sha1_finish(digest, &state);
}

static int seal_gcm(srtp_context *c, const uint8_t *iv, uint8_t *packet, size_t header, size_t size) {
    int done = 0;
    return crypto.start(c->cipher, NULL, NULL, NULL, iv, 1) == 1 &&
           crypto.update(c->cipher, NULL, &done, packet, (int)header) == 1 &&
           (size == header || crypto.update(c->cipher, packet + header, &done, packet + header, (int)(size - header)) == 1) &&
           crypto.finish(c->cipher, packet + size, &done) == 1 &&
           crypto.control(c->cipher, GCM_GET_TAG, c->shape.tag_size, packet + size) == 1;
}

static int unseal_gcm(srtp_context *c, const uint8_t *iv, uint8_t *packet, size_t header, size_t size, uint8_t *tag) {
    int done = 0;
    uint8_t none[IV_SIZE];
    return crypto.start(c->cipher, NULL, NULL, NULL, iv, 0) == 1 &&
           crypto.control(c->cipher, GCM_SET_TAG, c->shape.tag_size, tag) == 1 &&
           crypto.update(c->cipher, NULL, &done, packet, (int)header) == 1 &&
           (size == header || crypto.update(c->cipher, c->plain, &done, packet + header, (int)(size - header)) == 1) &&
           crypto.finish(c->cipher, none, &done) == 1;
}

int srtp_protect(srtp_context *c, uint8_t *packet, size_t size) {
    uint8_t iv[IV_SIZE], digest[SHA1_SIZE];
    size_t header = header_size(packet, size);
    if (header == 0) return FORGED;
    uint32_t ssrc = word(packet + 8);
    source *s = source_of(c, ssrc);
    int64_t index = index_of(s, ssrc, (uint16_t)(packet[2] << 8 | packet[3]));
    if (is_used(s, ssrc, index)) return FORGED;
    use(c, s, ssrc, (uint64_t)index);
    make_iv(c, ssrc, (uint64_t)index, iv);
    if (c->shape.is_gcm) return seal_gcm(c, iv, packet, header, size) ? (int)size + c->shape.tag_size : FORGED;
    if (!cross(c, iv, packet + header, packet + header, size - header)) return FORGED;
    sign(c, packet, size, (uint64_t)index, digest);
    memcpy(packet + size, digest, c->shape.tag_size);
    return (int)size + c->shape.tag_size;
}

/* Authentic? Then the payload is in the clear in its place. */
static int unlock(srtp_context *c, uint8_t *packet, size_t header, size_t size, uint8_t *tag, uint32_t ssrc, uint64_t index) {
    uint8_t iv[IV_SIZE], digest[SHA1_SIZE];
    make_iv(c, ssrc, index, iv);
    if (c->shape.is_gcm) {
        if (!unseal_gcm(c, iv, packet, header, size, tag)) return 0;
        memcpy(packet + header, c->plain, size - header);
        return 1;
    }
    sign(c, packet, size, index, digest);
    return crypto.differ(digest, tag, c->shape.tag_size) == 0 && cross(c, iv, packet + header, packet + header, size - header);
}

int srtp_unprotect(srtp_context *c, uint8_t *packet, size_t size) {
    size_t header = header_size(packet, size), trailer = c->shape.tag_size + c->mki_size;
    if (header == 0 || size < header + trailer || size > PACKET_MAX) return NO_RTP;
    /* An MKI stands before the tag of RFC 3711 (3.1) and behind that of RFC 7714 (8.3), whose tag ends the ciphertext. */
    uint8_t *tag = packet + size - c->shape.tag_size - (c->shape.is_gcm ? c->mki_size : 0);
    uint32_t ssrc = word(packet + 8);
    source *s = source_of(c, ssrc);
    int64_t index = index_of(s, ssrc, (uint16_t)(packet[2] << 8 | packet[3]));
    if (is_used(s, ssrc, index)) return REPLAYED;
    if (!unlock(c, packet, header, size - trailer, tag, ssrc, (uint64_t)index)) return FORGED;
    use(c, s, ssrc, (uint64_t)index);
    return (int)(size - trailer);
}

/* -- a leg's pair ------------------------------------------------------------------------------------------------------- */

void srtp_retire(srtp_context *c, srtp_retired *retired) {
    if (c == NULL) return;
    c->next_retired = atomic_load(retired);
    while (!atomic_compare_exchange_weak(retired, &c->next_retired, c)) {
    }
}

void srtp_free_retired(srtp_retired *retired) {
    for (srtp_context *c = atomic_exchange(retired, NULL), *next; c != NULL; c = next) {
        next = c->next_retired;
        srtp_free(c);
    }
}

/* The same keys again, as in a session refresh, change nothing: ROC and replay window go on, also after a time in the clear. */
void srtp_set(srtp_pair *p, enum srtp_direction direction, int suite, srtp_context *c, srtp_retired *retired) {
    srtp_context **place = direction == SRTP_SEND ? &p->send : &p->receive;
    p->is_on[direction] = suite != SRTP_PLAIN;
    if (suite == SRTP_PLAIN) return;
    if (c != NULL && *place != NULL && srtp_is_same(c, *place)) {
        srtp_retire(c, retired);
        return;
    }
    if (direction == SRTP_RECEIVE && c != NULL && *place != NULL) {
        srtp_retire(p->before, retired);
        p->before = *place;
    } else {
        srtp_retire(*place, retired);
        if (direction == SRTP_RECEIVE) srtp_retire(p->before, retired), p->before = NULL;
    }
    *place = c;
}

void srtp_end(srtp_pair *p, srtp_retired *retired) {
    srtp_retire(p->send, retired);
    srtp_retire(p->receive, retired);
    srtp_retire(p->before, retired);
    memset(p, 0, sizeof *p);
}

int srtp_pair_is_locked(const srtp_pair *p) { return p->is_on[SRTP_SEND] && p->send == NULL; }

int srtp_pair_open(srtp_pair *p, uint8_t *packet, size_t size, srtp_retired *retired) {
    if (!p->is_on[SRTP_RECEIVE]) return (int)size;
    if (p->receive == NULL) return FORGED;
    int plain = srtp_unprotect(p->receive, packet, size);
    if (p->before == NULL || plain == NO_RTP) return plain;
    if (plain == FORGED) return srtp_unprotect(p->before, packet, size);
    if (plain > 0) srtp_retire(p->before, retired), p->before = NULL;
    return plain;
}

int srtp_pair_close(srtp_pair *p, uint8_t *packet, size_t size) {
    if (!p->is_on[SRTP_SEND]) return (int)size;
    return p->send == NULL ? FORGED : srtp_protect(p->send, packet, size);
}
