/* libopus behind six of its functions. No header of it is needed to build, and none of it is linked. */
#include "opus.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

enum { CHANNELS = 1, VOIP = 2048, UNIT = 20, BITS_PER_SECOND = 16000, WIDE_BITS_PER_SECOND = 24000, COMPLEXITY = 5, LOSS_PERCENT = 5 };
enum { SET_BITRATE = 4002, SET_COMPLEXITY = 4010, SET_FEC = 4012, SET_LOSS = 4014 };
enum { ALIGN = 64, REPACKETIZER_SIZE_MAX = 4096 };

typedef struct {
    int (*decoder_size)(int), (*encoder_size)(int), (*repacketizer_size)(void);
    int (*decoder_init)(void *, int32_t, int), (*encoder_init)(void *, int32_t, int, int);
    int (*decode)(void *, const uint8_t *, int32_t, int16_t *, int, int);
    int32_t (*encode)(void *, const int16_t *, int, uint8_t *, int32_t);
    int (*control)(void *, int, ...);
    void *(*repacketizer_init)(void *);
    int (*repacketizer_add)(void *, const uint8_t *, int32_t);
    int32_t (*repacketizer_out)(void *, uint8_t *, int32_t);
    size_t encoder_at, size;
} library;

static library opus;
static pthread_once_t found = PTHREAD_ONCE_INIT;

static int symbol(void *handle, const char *name, void *function) {
    void *address = dlsym(handle, name);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

static size_t aligned(int size) { return ((size_t)size + ALIGN - 1) / ALIGN * ALIGN; }

static void find(void) {
    void *handle = dlopen("libopus.so.0", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return;
    int all = symbol(handle, "opus_decoder_get_size", &opus.decoder_size) &&
              symbol(handle, "opus_encoder_get_size", &opus.encoder_size) &&
              symbol(handle, "opus_repacketizer_get_size", &opus.repacketizer_size) &&
              symbol(handle, "opus_decoder_init", &opus.decoder_init) &&
              symbol(handle, "opus_encoder_init", &opus.encoder_init) && symbol(handle, "opus_decode", &opus.decode) &&
              symbol(handle, "opus_encode", &opus.encode) && symbol(handle, "opus_encoder_ctl", &opus.control) &&
              symbol(handle, "opus_repacketizer_init", &opus.repacketizer_init) &&
              symbol(handle, "opus_repacketizer_cat", &opus.repacketizer_add) &&
              symbol(handle, "opus_repacketizer_out", &opus.repacketizer_out);
    if (!all || opus.repacketizer_size() > REPACKETIZER_SIZE_MAX) return;
    opus.encoder_at = aligned(opus.decoder_size(CHANNELS));
    opus.size = opus.encoder_at + aligned(opus.encoder_size(CHANNELS));
}

size_t opus_pair_size(void) {
    pthread_once(&found, find);
    return opus.size;
}

static void *encoder_of(void *memory) { return (char *)memory + opus.encoder_at; }

void opus_pair_protect(void *memory, int fec) {
    opus.control(encoder_of(memory), SET_FEC, fec);
    opus.control(encoder_of(memory), SET_LOSS, fec ? LOSS_PERCENT : 0);
}

int opus_pair_start(void *memory, int fec, int wide) {
    void *encoder = encoder_of(memory);
    int32_t rate = wide ? 16000 : 8000;
    if (opus.decoder_init(memory, rate, CHANNELS) != 0 || opus.encoder_init(encoder, rate, CHANNELS, VOIP) != 0) return 0;
    opus.control(encoder, SET_BITRATE, wide ? WIDE_BITS_PER_SECOND : BITS_PER_SECOND);
    opus.control(encoder, SET_COMPLEXITY, COMPLEXITY);
    opus_pair_protect(memory, fec);
    return 1;
}

uint32_t opus_pair_decode(void *memory, const uint8_t *payload, uint32_t size, int wide, int16_t *samples) {
    int count = size > 0 ? opus.decode(memory, payload, (int32_t)size, samples, OPUS_FRAMES_MAX << wide, 0) : 0;
    return count > 0 ? (uint32_t)count >> wide : 0;
}

uint32_t opus_pair_recover(void *memory, const uint8_t *next, uint32_t size, uint32_t frames, int wide, int16_t *samples) {
    int count = opus.decode(memory, next, (int32_t)size, samples, (int)(frames << wide), next != NULL);
    return count > 0 ? (uint32_t)count >> wide : 0;
}

/* The frames of a packet are all of one length (RFC 6716 3.2): what one frame can hold goes as one, other lengths in pieces. */
static uint32_t piece(uint32_t count) {
    if (count % (8 * UNIT) == 0) return count;
    for (uint32_t size = 4 * UNIT; size > UNIT; size /= 2)
        if (count % size == 0) return size;
    return UNIT;
}

uint32_t opus_pair_encode(void *memory, const int16_t *samples, uint32_t count, int wide, uint8_t *payload, uint32_t size_max) {
    _Alignas(ALIGN) uint8_t packer[REPACKETIZER_SIZE_MAX];
    uint8_t coded[OPUS_FRAMES_MAX * 2];
    count = (count < OPUS_FRAMES_MAX ? count : OPUS_FRAMES_MAX) / UNIT * UNIT;
    uint32_t step = piece(count), used = 0;
    opus.repacketizer_init(packer);
    for (uint32_t at = 0; at < count; at += step) {
        int32_t room = (int32_t)(sizeof coded / (count / step));
        int32_t size = opus.encode(encoder_of(memory), samples + (at << wide), (int)(step << wide), coded + used, room);
        if (size <= 0 || opus.repacketizer_add(packer, coded + used, size) != 0) return 0;
        used += (uint32_t)size;
    }
    int32_t size = count > 0 ? opus.repacketizer_out(packer, payload, (int32_t)size_max) : 0;
    return size > 0 ? (uint32_t)size : 0;
}

uint32_t opus_frames(const uint8_t *payload, uint32_t size) {
    static const uint16_t silk[4] = {80, 160, 320, 480}, celt[4] = {20, 40, 80, 160};
    if (size == 0) return 0;
    uint32_t mode = payload[0] >> 3, code = payload[0] & 3;
    uint32_t each = mode < 12 ? silk[mode & 3] : mode < 16 ? silk[mode & 1] : celt[mode & 3];
    uint32_t count = code == 0 ? 1 : code < 3 ? 2 : size > 1 ? payload[1] & 63u : 0;
    return each * count <= OPUS_FRAMES_MAX ? each * count : 0;
}
