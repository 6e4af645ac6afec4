/* Prompt playback: no decision is taken here but "what are the next samples". */
#include "play.h"

#include <string.h>

#include "g711.h"

/* Segments come in several commands before their PLAY; those that are empty or leave the arena are dropped. */
void play_add(playlist *next, const segment *segments, uint32_t count, uint32_t arena_size) {
    for (uint32_t i = 0; i < count && i < SEGMENTS_PER_COMMAND && next->count < SEGMENTS_MAX; i++) {
        segment one = segments[i];
        if (one.frames > 0 && one.offset <= arena_size && one.frames <= arena_size - one.offset)
            next->list[next->count++] = one;
    }
}

void play_start(player *p, playlist *next, uint32_t token, int loop, int stop_on_key) {
    memcpy(p->list, next->list, sizeof p->list);
    p->count = next->count;
    next->count = 0;
    p->token = token;
    p->index = p->position = 0;
    p->gain = PLAY_GAIN_ONE;
    p->loop = loop != 0;
    p->stop_on_key = stop_on_key != 0;
    p->active = 1;
}

/* To this frame of the playlist; beyond its end is the end, of a loop round and round. */
void play_seek(player *p, uint32_t frames) {
    uint64_t length = 0;
    for (uint32_t i = 0; i < p->count; i++) length += p->list[i].frames;
    if (p->loop && length > 0) frames = (uint32_t)(frames % length);
    for (p->index = 0; p->index < p->count && frames >= p->list[p->index].frames; p->index++) frames -= p->list[p->index].frames;
    p->position = p->index < p->count ? frames : 0;
}

static void copy(const uint8_t *from, int law, uint16_t gain, uint8_t *out, uint32_t frames) {
    if (gain != PLAY_GAIN_ONE)
        for (uint32_t i = 0; i < frames; i++) {
            int32_t louder = g711_linear[PCMU][from[i]] * gain >> PLAY_GAIN_SHIFT;
            uint8_t code = g711_encode(PCMU, louder > 32767 ? 32767 : louder < -32768 ? -32768 : louder);
            out[i] = law == PCMU ? code : g711_other[PCMU][code];
        }
    else if (law == PCMU) memcpy(out, from, frames);
    else g711_transcode(PCMU, from, out, frames);
}

/* The next `frames` code words, silence after the end. */
int play_read(player *p, const uint8_t *arena, int law, uint8_t *out, uint32_t frames) {
    uint32_t done = 0;
    while (done < frames && p->index < p->count) {
        segment now = p->list[p->index];
        uint32_t left = now.frames - p->position, want = frames - done, take = left < want ? left : want;
        copy(arena + now.offset + p->position, law, p->gain, out + done, take);
        done += take;
        p->position += take;
        if (p->position == now.frames) {
            p->position = 0;
            if (++p->index == p->count && p->loop) p->index = 0;
        }
    }
    memset(out + done, g711_silence[law], frames - done);
    p->active = p->index < p->count;
    return !p->active;
}
