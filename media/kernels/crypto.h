/* What SRTP needs of OpenSSL's libcrypto, found at run time: no headers at build time, and a worker without it still serves. */
#ifndef MEDIA_CRYPTO_H
#define MEDIA_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_SIZE = 20, SHA1_BLOCK = 64 };
enum { GCM_GET_TAG = 0x10, GCM_SET_TAG = 0x11 };

/* SHA_CTX is 24 words in every OpenSSL; as a value a keyed state is copied without allocating. */
typedef struct { uint64_t words[16]; } sha1_state;

typedef struct {
    void *(*new_cipher)(void);
    void (*free_cipher)(void *cipher);
    const void *(*aes_128_ctr)(void);
    const void *(*aes_256_ctr)(void);
    const void *(*aes_128_gcm)(void);
    const void *(*aes_256_gcm)(void);
    int (*start)(void *cipher, const void *kind, void *engine, const uint8_t *key, const uint8_t *iv, int encrypts);
    int (*update)(void *cipher, uint8_t *out, int *out_size, const uint8_t *in, int size);
    int (*finish)(void *cipher, uint8_t *out, int *out_size);
    int (*control)(void *cipher, int what, int size, void *data);
    int (*sha1_start)(sha1_state *s);
    int (*sha1_update)(sha1_state *s, const void *data, size_t size);
    int (*sha1_finish)(uint8_t *digest, sha1_state *s);
    int (*differ)(const void *a, const void *b, size_t size); /* in constant time */
    void (*wipe)(void *memory, size_t size);
} libcrypto;

extern libcrypto crypto;

int crypto_load(void);      /* once, before any loop runs; 0 when there is no libcrypto */
int crypto_available(void);
#endif
