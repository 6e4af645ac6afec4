/* The mixer. A room has no tick of its own: whichever member is due first mixes the blocks that are missing, and each reads
 * its window [due - ptime, due) of the room's time line, so no member's lateness or packet time shifts another's.
 *
 * A block: the four loudest are chosen, who enters or leaves the choice is faded over it, and while the magnitudes would add up
 * to more than full scale all are turned down together: nothing is clipped, and what a member hears is exactly the sum less
 * what it added itself.
 */
#include <string.h>

#include "loop.h"

enum { FADE_FACTOR = 819, FADE_SHIFT = 16, READ_MAX = PTIME_MS_MAX * SAMPLE_RATE / 1000 }; /* 819 / 65536 = 1 / ROOM_BLOCK */

static room *room_of(loop *l, const leg *g) { return &l->rooms[g->seat.room]; }

static leg *member(loop *l, uint16_t index) { return index == NO_LEG ? NULL : &l->legs[index]; }

/* What of this member was added, or is about to be, in the block that begins at `head`. */
static int16_t *block_of(loop *l, const leg *g, uint64_t head) { return loop_spoken(l, g) + head % ROOM_RING; }

static void forget_sound(loop *l, leg *g) {
    memset(loop_spoken(l, g), 0, ROOM_RING * sizeof(int16_t));
    g->seat.adding = 0;
    g->seat.added_until = 0;
}

/* Nobody was due for long, or the room is new: an empty time line that begins now. */
static void restart(loop *l, room *r, uint64_t at) {
    r->head = r->coded[0] = r->coded[1] = at - at % ROOM_BLOCK;
    r->gain = ROOM_GAIN_ONE;
    memset(r->sum, 0, sizeof r->sum);
    memset(r->codes[PCMU], g711_silence[PCMU], ROOM_RING);
    memset(r->codes[PCMA], g711_silence[PCMA], ROOM_RING);
    for (leg *g = member(l, r->first); g != NULL; g = member(l, g->seat.next)) forget_sound(l, g);
}

static void fade(int16_t *block, int up) {
    for (int32_t i = 0; i < ROOM_BLOCK; i++)
        block[i] = (int16_t)(block[i] * (up ? i : ROOM_BLOCK - 1 - i) * FADE_FACTOR >> FADE_SHIFT);
}

static void measure(loop *l, leg *g, const int16_t *block, uint64_t due_ns) {
    seat *s = &g->seat;
    uint64_t energy = 0;
    for (uint32_t i = 0; i < ROOM_BLOCK; i++) energy += (uint32_t)(block[i] * block[i]);
    if (s->muted) energy = 0;
    s->level -= s->level >> 4;
    if (energy > s->level) s->level = energy;
    int speaking = s->level > (s->speaking ? ROOM_QUIET : ROOM_LOUD);
    if (speaking != s->speaking) loop_tell(l, g, EVENT_SPEAKING, (uint8_t)speaking, 0, 0, 0, due_ns);
    s->speaking = (uint8_t)speaking;
}

/* What of all ears is needed is on its way into the cache together, not one after another. */
static void fetch_ears(const loop *l, const room *r) {
    for (uint16_t i = r->first; i != NO_LEG; i = l->legs[i].seat.next) fetch(&l->playouts[i].buffer, offsetof(jitter_buffer, transits));
    for (uint16_t i = r->first; i != NO_LEG; i = l->legs[i].seat.next) {
        const playout *ear = &l->playouts[i];
        const jitter_buffer *b = &ear->buffer;
        fetch(b->line + ((uint32_t)b->at & (JITTER_LINE - 1)) * b->width, ROOM_BLOCK * 2);
        fetch(b->here + (((uint32_t)b->at & (JITTER_LINE - 1)) >> 6), 1);
        fetch(ear->conceal.history + ear->conceal.oldest, ROOM_BLOCK * 2);
        fetch(l->spoken + (size_t)i * ROOM_RING + r->head % ROOM_RING, ROOM_BLOCK * 2);
    }
}

static uint64_t rank(const seat *s) { return s->level << s->adding; } /* who is in stays until someone is twice as loud */

/* Hears the next block of everybody, and chooses the loudest few; of equals the one that joined last. Who speaks to one only is
 * not of the choice. */
static void hear_and_choose(loop *l, room *r, uint64_t due_ns) {
    leg *best[ROOM_SPEAKERS + 1];
    int count = 0;
    fetch_ears(l, r);
    for (leg *g = member(l, r->first); g != NULL; g = member(l, g->seat.next)) {
        int16_t *block = block_of(l, g, r->head);
        playout_pull(&l->playouts[g->index], ROOM_BLOCK, (int64_t)r->head + ROOM_BLOCK, g->seat.adding || g->seat.to != NO_LEG, block);
        measure(l, g, block, due_ns);
        g->seat.chosen = g->seat.to != NO_LEG && !g->seat.muted;
        if (g->seat.to != NO_LEG || g->seat.muted || g->seat.level == 0) continue;
        int place = count;
        while (place > 0 && rank(&g->seat) > rank(&best[place - 1]->seat)) place--;
        if (place >= ROOM_SPEAKERS) continue;
        if (count < ROOM_SPEAKERS) count++;
        memmove(&best[place + 1], &best[place], (size_t)(ROOM_SPEAKERS - place) * sizeof best[0]);
        best[place] = g;
    }
    for (int i = 0; i < count; i++) best[i]->seat.chosen = 1;
}

/* Whether it adds to this block. */
static int enter_or_leave(seat *s, int16_t *block, uint64_t head) {
    int adds = s->chosen || s->adding;
    if (s->chosen != s->adding) fade(block, s->chosen);
    else if (!s->chosen) memset(block, 0, ROOM_BLOCK * sizeof *block);
    if (adds) s->added_until = head + ROOM_BLOCK;
    s->adding = s->chosen;
    return adds;
}

static void add(int32_t *restrict sum, const int16_t *restrict spoken, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) sum[i] += spoken[i];
}

static void subtract(int32_t *restrict sum, const int16_t *restrict spoken, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) sum[i] -= spoken[i];
}

static void add_magnitude(uint32_t *restrict magnitude, const int16_t *restrict block) {
    for (uint32_t i = 0; i < ROOM_BLOCK; i++) magnitude[i] += (uint32_t)(block[i] < 0 ? -block[i] : block[i]);
}

/* The gain of each sample; 0 when nothing is to be turned down. It falls over 2 ms when it must and rises over a second; in those
 * 2 ms no sample gets more than it has room for. */
static int limit(room *r, const uint32_t magnitude[ROOM_BLOCK], int32_t gains[ROOM_BLOCK]) {
    uint32_t peak = 0;
    for (uint32_t i = 0; i < ROOM_BLOCK; i++) peak = magnitude[i] > peak ? magnitude[i] : peak;
    int32_t target = r->gain + ROOM_GAIN_STEP < ROOM_GAIN_ONE ? r->gain + ROOM_GAIN_STEP : ROOM_GAIN_ONE;
    uint64_t room_for = (uint64_t)ROOM_PEAK * ROOM_GAIN_ONE;
    if (peak > ROOM_PEAK && (int32_t)(room_for / peak) < target) target = (int32_t)(room_for / peak);
    if (target == ROOM_GAIN_ONE && r->gain == ROOM_GAIN_ONE) return 0;
    for (int32_t i = 0; i < ROOM_BLOCK; i++) {
        gains[i] = i < 1 << ROOM_RAMP_SHIFT ? r->gain + ((target - r->gain) * i >> ROOM_RAMP_SHIFT) : target;
        if (magnitude[i] * (uint64_t)gains[i] > room_for) gains[i] = (int32_t)(room_for / magnitude[i]);
    }
    r->gain = target;
    return 1;
}

static void turn_down(int16_t *restrict block, const int32_t *restrict gains) {
    for (uint32_t i = 0; i < ROOM_BLOCK; i++) block[i] = (int16_t)(block[i] * gains[i] >> 15);
}

static void mix_block(loop *l, room *r, uint64_t due_ns) {
    uint32_t magnitude[ROOM_BLOCK] = {0};
    int32_t gains[ROOM_BLOCK], *sum = r->sum + r->head % ROOM_RING;
    uint16_t adding[LEGS_MAX], count = 0;
    hear_and_choose(l, r, due_ns);
    for (leg *g = member(l, r->first); g != NULL; g = member(l, g->seat.next)) {
        int16_t *block = block_of(l, g, r->head);
        if (!enter_or_leave(&g->seat, block, r->head)) continue;
        add_magnitude(magnitude, block);
        adding[count++] = g->index;
    }
    int is_limited = limit(r, magnitude, gains);
    memset(sum, 0, ROOM_BLOCK * sizeof *sum);
    for (uint16_t i = 0; i < count; i++) {
        const leg *g = &l->legs[adding[i]];
        int16_t *block = block_of(l, g, r->head);
        if (is_limited) turn_down(block, gains);
        if (g->seat.to == NO_LEG) add(sum, block, ROOM_BLOCK);
    }
    r->head += ROOM_BLOCK;
}

static uint32_t until_wrap(uint64_t from, uint64_t until) {
    uint64_t room = ROOM_RING - from % ROOM_RING, left = until - from;
    return (uint32_t)(left < room ? left : room);
}

/* For those who added nothing: once for all of them. */
static void encode_until(room *r, int law, uint64_t until) {
    if (r->coded[law] + ROOM_AHEAD < until) r->coded[law] = until - ROOM_AHEAD;
    while (r->coded[law] < until) {
        uint32_t at = r->coded[law] % ROOM_RING, count = until_wrap(r->coded[law], until);
        g711_encode_all(law, r->sum + at, r->codes[law] + at, count);
        r->coded[law] += count;
    }
}

/* `count` samples that lie in a row, for one who added to them, or is whispered to. */
static void read_own(loop *l, const room *r, const leg *g, int law, uint32_t at, uint8_t *out, uint32_t count) {
    int32_t heard[READ_MAX];
    memcpy(heard, r->sum + at, count * sizeof heard[0]);
    if (g->seat.to == NO_LEG) subtract(heard, loop_spoken(l, g) + at, count);
    for (leg *o = r->whispers ? member(l, r->first) : NULL; o != NULL; o = member(l, o->seat.next))
        if (o->seat.to == g->index) add(heard, loop_spoken(l, o) + at, count);
    g711_encode_all(law, heard, out, count);
}

/* What this member hears in the packet time that is due. */
void room_read(loop *l, leg *g, int law, uint64_t due_ns, uint8_t *out, uint32_t frames) {
    room *r = room_of(l, g);
    uint64_t until = due_ns / NS_PER_SAMPLE, from = until - frames;
    int is_own = r->whispers > 0;
    if (until > r->head + ROOM_AHEAD) restart(l, r, until);
    while (r->head < until) mix_block(l, r, due_ns);
    is_own |= g->seat.to == NO_LEG && g->seat.added_until > from;
    if (!is_own) encode_until(r, law, until);
    for (uint32_t count; from < until; from += count, out += count) {
        uint32_t at = from % ROOM_RING;
        count = until_wrap(from, until);
        if (g->seat.deaf) memset(out, g711_silence[law], count);
        else if (is_own) read_own(l, r, g, law, at, out, count);
        else memcpy(out, r->codes[law] + at, count);
    }
}

void room_leave(loop *l, leg *g) {
    seat *s = &g->seat;
    if (s->room == NO_ROOM) return;
    room *r = room_of(l, g);
    if (s->previous == NO_LEG) r->first = s->next;
    else l->legs[s->previous].seat.next = s->next;
    if (s->next != NO_LEG) l->legs[s->next].seat.previous = s->previous;
    if (s->to != NO_LEG) r->whispers--;
    r->count--;
    s->room = NO_ROOM;
    for (leg *o = member(l, r->first); o != NULL; o = member(l, o->seat.next))
        if (o->seat.to == g->index) o->seat.muted = 1; /* what was for one only is never for another */
}

/* Takes a seat, or changes how one sits. */
void room_join(loop *l, leg *g, const command *c, uint64_t now_ns) {
    if (c->u.join.room >= l->legs_max) return;
    room *r = &l->rooms[c->u.join.room];
    seat *s = &g->seat;
    if (s->room != c->u.join.room) {
        room_leave(l, g);
        if (r->count++ == 0) {
            r->first = NO_LEG;
            r->whispers = 0;
            restart(l, r, now_ns / NS_PER_SAMPLE);
        }
        memset(s, 0, sizeof *s);
        forget_sound(l, g);
        playout_start(&l->playouts[g->index], 1);
        s->to = s->previous = NO_LEG;
        s->room = c->u.join.room;
        s->next = r->first;
        if (r->first != NO_LEG) l->legs[r->first].seat.previous = g->index;
        r->first = g->index;
    }
    r->whispers = (uint16_t)(r->whispers - (s->to != NO_LEG) + (c->u.join.to != NO_LEG));
    if (s->to != c->u.join.to) forget_sound(l, g), playout_start(&l->playouts[g->index], 1);
    s->to = c->u.join.to;
    s->muted = c->u.join.muted != 0;
    s->deaf = c->u.join.deaf != 0;
}

/* What an attendant says, silence too: its room hears it as it hears everybody. */
static void attendant_says(loop *l, leg *g, uint32_t timestamp, const uint8_t *codes, uint32_t frames, uint64_t due_ns) {
    int16_t samples[READ_MAX] = {0};
    for (uint32_t i = 0; i < frames; i++) samples[i] = g711_linear[PCMU][codes[i]];
    jitter_push(&l->playouts[g->index].buffer, 0, (uint16_t)(timestamp / frames), timestamp, samples, frames,
                (int64_t)(due_ns / NS_PER_SAMPLE));
}

/* The packet time of a leg that has no far end: what it plays is heard by its room, what it hears can be recorded. */
void room_attend(loop *l, leg *g, uint64_t due_ns) {
    uint8_t codes[READ_MAX];
    uint32_t frames = g->ptime_ms * (SAMPLE_RATE / 1000), timestamp = (uint32_t)(due_ns / NS_PER_SAMPLE);
    recording *rec = &l->recordings[g->index];
    uint32_t token = g->play.token;
    int seated = g->seat.room != NO_ROOM, playing = g->play.active, ended = 0;
    if (playing) ended = play_read(&g->play, l->arena, PCMU, codes, frames);
    else memset(codes, g711_silence[PCMU], frames);
    if (seated) attendant_says(l, g, timestamp, codes, frames, due_ns);
    if (playing) record_put(rec, &g->anchors[0], loop_ring(l, g), 0, timestamp, PCMU, codes, frames, due_ns);
    if (ended) loop_tell(l, g, EVENT_PLAY_DONE, PLAY_END, token, 0, 0, due_ns);
    if (!seated) return;
    room_read(l, g, PCMU, due_ns, codes, frames);
    record_put(rec, &g->anchors[1], loop_ring(l, g), 1, timestamp, PCMU, codes, frames, due_ns);
}
