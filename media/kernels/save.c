/* A recording's frames from its ring into its file, both lines in turns, and the header that counts them.
 *
 * They are written in whole blocks where these lie in the file: the kernel keeps such a one in one large page, for two thirds of
 * what it costs otherwise.
 */
#include "save.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

enum { FRAME_SIZE = 4, HEADER_FRAMES = 4000, RIFF_SIZE_AT = 4, DATA_SIZE_AT = 40 };

/* 0, or why not all of it is there. */
static uint32_t put(int fd, const void *data, size_t size_bytes, uint64_t at) {
    for (size_t done = 0; done < size_bytes;) {
        ssize_t written = pwrite(fd, (const char *)data + done, size_bytes - done, (off_t)(at + done));
        if (written < 0 && errno != EINTR) return (uint32_t)errno;
        if (written == 0) return ENOSPC;
        if (written > 0) done += (size_t)written;
    }
    return 0;
}

static uint32_t tell(recording_file *f) {
    uint32_t data_size = (uint32_t)(f->frames * FRAME_SIZE), riff_size = data_size + WAV_HEADER_SIZE - 8;
    memcpy(f->header + RIFF_SIZE_AT, &riff_size, 4);
    memcpy(f->header + DATA_SIZE_AT, &data_size, 4);
    uint32_t error = put(f->fd, f->header, WAV_HEADER_SIZE, 0);
    if (error == 0) f->told_frames = f->frames;
    return error;
}

static uint32_t append(recording_file *f, const int16_t *frames, uint64_t count) {
    uint32_t error = put(f->fd, frames, count * FRAME_SIZE, WAV_HEADER_SIZE + f->frames * FRAME_SIZE);
    if (error != 0) return error;
    f->frames += count;
    return f->told_frames == 0 || f->frames >= f->told_frames + HEADER_FRAMES ? tell(f) : 0;
}

static uint64_t until_block(const recording_file *f, uint64_t frames) {
    return (f->block_size - (WAV_HEADER_SIZE + frames * FRAME_SIZE) % f->block_size) / FRAME_SIZE;
}

/* How many of `ready` frames fill blocks. */
static uint64_t whole(const recording_file *f, int64_t ready) {
    uint64_t first = until_block(f, f->frames), block = f->block_size / FRAME_SIZE;
    return ready < (int64_t)first ? 0 : first + ((uint64_t)ready - first) / block * block;
}

void save_recording(recording_file *f, recording *r, int16_t *ring, int16_t *buffer, uint64_t now_ns) {
    if (f->look || now_ns < f->due_ns) return;
    int runs = __atomic_load_n(&r->active, __ATOMIC_ACQUIRE) == 1;
    int64_t passed = ((int64_t)now_ns - (int64_t)r->start_ns) / NS_PER_SAMPLE;
    int64_t ready = passed - (int64_t)f->margin_frames - (int64_t)r->tail;
    if (!runs || ready >= (int64_t)f->frames_max - (int64_t)f->frames || ready > RECORD_RING) {
        f->look = 1;
        return;
    }
    uint64_t count = whole(f, ready);
    if (count > 0) {
        record_take(r, ring, r->tail + count, buffer);
        f->error = append(f, buffer, count);
        if (f->error != 0) f->look = 1; /* who asked for it meanwhile is not overruled: something is to be hidden */
    }
    f->due_ns = r->start_ns + (r->tail + until_block(f, f->frames) + f->margin_frames) * NS_PER_SAMPLE;
}
