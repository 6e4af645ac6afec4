/* libcrypto by dlopen: all of the functions or none. */
#include "crypto.h"

#include <dlfcn.h>
#include <string.h>

libcrypto crypto;
static int available;

static const char *const FILES[] = {"libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so"};

static const struct { const char *name; size_t place; } SYMBOLS[] = {
    {"EVP_CIPHER_CTX_new", offsetof(libcrypto, new_cipher)},   {"EVP_CIPHER_CTX_free", offsetof(libcrypto, free_cipher)},
    {"EVP_aes_128_ctr", offsetof(libcrypto, aes_128_ctr)},     {"EVP_aes_256_ctr", offsetof(libcrypto, aes_256_ctr)},
    {"EVP_aes_128_gcm", offsetof(libcrypto, aes_128_gcm)},     {"EVP_aes_256_gcm", offsetof(libcrypto, aes_256_gcm)},
    {"EVP_CipherInit_ex", offsetof(libcrypto, start)},         {"EVP_CipherUpdate", offsetof(libcrypto, update)},
    {"EVP_CipherFinal_ex", offsetof(libcrypto, finish)},       {"EVP_CIPHER_CTX_ctrl", offsetof(libcrypto, control)},
    {"SHA1_Init", offsetof(libcrypto, sha1_start)},            {"SHA1_Update", offsetof(libcrypto, sha1_update)},
    {"SHA1_Final", offsetof(libcrypto, sha1_finish)},          {"CRYPTO_memcmp", offsetof(libcrypto, differ)},
    {"OPENSSL_cleanse", offsetof(libcrypto, wipe)},
};

static int resolve(void *library) {
    for (size_t i = 0; i < sizeof SYMBOLS / sizeof SYMBOLS[0]; i++) {
        void *found = dlsym(library, SYMBOLS[i].name);
        if (found == NULL) return 0;
        memcpy((char *)&crypto + SYMBOLS[i].place, &found, sizeof found);
    }
    return 1;
}

int crypto_load(void) {
    for (size_t i = 0; !available && i < sizeof FILES / sizeof FILES[0]; i++) {
        void *library = dlopen(FILES[i], RTLD_NOW | RTLD_LOCAL);
        if (library != NULL) available = resolve(library);
    }
    return available;
}

int crypto_available(void) { return available; }
