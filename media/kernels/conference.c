/* The mixer. A room has no tick of its own: whichever member is due first mixes the blocks that are missing, and each reads
 * its window [due - ptime, due) of the room's time line, so no member's lateness or packet time shifts another's.
 *
 * A block: the four loudest are chosen, who enters or leaves the choice is faded over it, and while the magnitudes would add up
 * to more than full scale all are turned down together: nothing is clipped, and what a member hears is exactly the sum less
 * what it added itself.
 */
#include <string.h>

#include "loop.h"

enum { RING_MASK = ROOM_RING - 1, FADE_FACTOR = 819, FADE_SHIFT = 16 }; /* 819 / 65536 = 1 / ROOM_BLOCK */

static room *room_of(loop *l, const leg *g) { return &l->rooms[g->seat.room]; }

static leg *member(loop *l, uint16_t index) { return index == NO_LEG ? NULL : &l->legs[index]; }

static void forget_sound(seat *s) {
    memset(s->ring, 0, sizeof s->ring);
    s->adding = 0;
    s->added_until = 0;
}

/* The next block of what this member says. */
static void hear(loop *l, leg *g, uint64_t head) {
    int16_t block[ROOM_BLOCK];
    playout_pull(&l->playouts[g->index], ROOM_BLOCK, (int64_t)head + ROOM_BLOCK, block);
    for (uint32_t i = 0; i < ROOM_BLOCK; i++) g->seat.ring[(head + i) & RING_MASK] = block[i];
}

/* Nobody was due for long, or the room is new: an empty time line that begins now. */
static void restart(loop *l, room *r, uint64_t at) {
    r->head = r->coded[0] = r->coded[1] = at - at % ROOM_BLOCK;
    r->gain = ROOM_GAIN_ONE;
    memset(r->sum, 0, sizeof r->sum);
    memset(r->codes[PCMU], g711_silence[PCMU], ROOM_RING);
    memset(r->codes[PCMA], g711_silence[PCMA], ROOM_RING);
    for (leg *g = member(l, r->first); g != NULL; g = member(l, g->seat.next)) forget_sound(&g->seat);
}

static void fade(int16_t *block, const uint32_t at, int up) {
    for (int32_t i = 0; i < ROOM_BLOCK; i++) {
        int16_t *x = &block[(at + (uint32_t)i) & RING_MASK];
        *x = (int16_t)(*x * (up ? i : ROOM_BLOCK - 1 - i) * FADE_FACTOR >> FADE_SHIFT);
    }
}

static void measure(loop *l, leg *g, uint64_t head, uint64_t due_ns) {
    seat *s = &g->seat;
    uint64_t energy = 0;
    for (uint32_t i = 0; i < ROOM_BLOCK && !s->muted; i++) {
        int64_t x = s->ring[(head + i) & RING_MASK];
        energy += (uint64_t)(x * x);
    }
    s->level -= s->level >> 4;
    if (energy > s->level) s->level = energy;
    int speaking = s->level > (s->speaking ? ROOM_QUIET : ROOM_LOUD);
    if (speaking != s->speaking) loop_tell(l, g, EVENT_SPEAKING, (uint8_t)speaking, 0, 0, 0, due_ns);
    s->speaking = (uint8_t)speaking;
}

static uint64_t rank(const seat *s) { return s->level << s->adding; } /* who is in stays until someone is twice as loud */

/* The loudest few; of equals the one that joined last. Who speaks to one only is not of the choice. */
static void choose(loop *l, room *r, uint64_t due_ns) {
    leg *best[ROOM_SPEAKERS + 1];
    int count = 0;
    for (leg *g = member(l, r->first); g != NULL; g = member(l, g->seat.next)) {
        measure(l, g, r->head, due_ns);
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

static void enter_and_leave(seat *s, uint64_t head) {
    uint32_t at = (uint32_t)head & RING_MASK;
    if (s->chosen != s->adding) fade(s->ring, at, s->chosen);
    else if (!s->chosen)
        for (uint32_t i = 0; i < ROOM_BLOCK; i++) s->ring[(at + i) & RING_MASK] = 0;
    if (s->chosen || s->adding) s->added_until = head + ROOM_BLOCK;
    s->adding = s->chosen;
}

static void add(loop *l, room *r, uint32_t magnitude[ROOM_BLOCK]) {
    for (uint32_t i = 0; i < ROOM_BLOCK; i++) r->sum[(r->head + i) & RING_MASK] = 0;
    for (leg *g = member(l, r->first); g != NULL; g = member(l, g->seat.next)) {
        const seat *s = &g->seat;
        if (s->added_until <= r->head) continue;
        for (uint32_t i = 0; i < ROOM_BLOCK; i++) {
            int32_t x = s->ring[(r->head + i) & RING_MASK];
            if (magnitude != NULL) magnitude[i] += (uint32_t)(x < 0 ? -x : x);
            if (s->to == NO_LEG) r->sum[(r->head + i) & RING_MASK] += x;
        }
    }
}

/* The gain falls over 2 ms when it must and rises over a second; in those 2 ms no sample gets more than it has room for. */
static void limit(loop *l, room *r, const uint32_t magnitude[ROOM_BLOCK]) {
    uint32_t peak = 0;
    for (uint32_t i = 0; i < ROOM_BLOCK; i++) peak = magnitude[i] > peak ? magnitude[i] : peak;
    int32_t target = r->gain + ROOM_GAIN_STEP < ROOM_GAIN_ONE ? r->gain + ROOM_GAIN_STEP : ROOM_GAIN_ONE;
    uint64_t room_for = (uint64_t)ROOM_PEAK * ROOM_GAIN_ONE;
    if (peak > ROOM_PEAK && (int32_t)(room_for / peak) < target) target = (int32_t)(room_for / peak);
    if (target == ROOM_GAIN_ONE && r->gain == ROOM_GAIN_ONE) return;
    int32_t gains[ROOM_BLOCK];
    for (int32_t i = 0; i < ROOM_BLOCK; i++) {
        gains[i] = i < 1 << ROOM_RAMP_SHIFT ? r->gain + ((target - r->gain) * i >> ROOM_RAMP_SHIFT) : target;
        if (magnitude[i] * (uint64_t)gains[i] > room_for) gains[i] = (int32_t)(room_for / magnitude[i]);
    }
    for (leg *g = member(l, r->first); g != NULL; g = member(l, g->seat.next)) {
        if (g->seat.added_until <= r->head) continue;
        for (uint32_t i = 0; i < ROOM_BLOCK; i++) {
            int16_t *x = &g->seat.ring[(r->head + i) & RING_MASK];
            *x = (int16_t)(*x * gains[i] >> 15);
        }
    }
    r->gain = target;
    add(l, r, NULL);
}

static void mix_block(loop *l, room *r, uint64_t due_ns) {
    uint32_t magnitude[ROOM_BLOCK] = {0};
    for (leg *g = member(l, r->first); g != NULL; g = member(l, g->seat.next)) hear(l, g, r->head);
    choose(l, r, due_ns);
    for (leg *g = member(l, r->first); g != NULL; g = member(l, g->seat.next)) enter_and_leave(&g->seat, r->head);
    add(l, r, magnitude);
    limit(l, r, magnitude);
    r->head += ROOM_BLOCK;
}

static void encode_until(room *r, int law, uint64_t until) {
    if (r->coded[law] + ROOM_AHEAD < until) r->coded[law] = until - ROOM_AHEAD;
    for (; r->coded[law] < until; r->coded[law]++)
        r->codes[law][r->coded[law] & RING_MASK] = g711_encode(law, r->sum[r->coded[law] & RING_MASK]);
}

static void read_own(loop *l, const room *r, const leg *g, int law, uint64_t from, uint8_t *out, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        uint32_t at = (uint32_t)(from + i) & RING_MASK;
        int32_t x = r->sum[at] - (g->seat.to == NO_LEG ? g->seat.ring[at] : 0);
        for (leg *o = r->whispers ? member(l, r->first) : NULL; o != NULL; o = member(l, o->seat.next))
            if (o->seat.to == g->index) x += o->seat.ring[at];
        out[i] = g711_encode(law, x);
    }
}

/* What this member hears in the packet time that is due. */
void room_read(loop *l, leg *g, int law, uint64_t due_ns, uint8_t *out, uint32_t frames) {
    room *r = room_of(l, g);
    uint64_t until = due_ns / NS_PER_SAMPLE, from = until - frames;
    if (until > r->head + ROOM_AHEAD) restart(l, r, until);
    while (r->head < until) mix_block(l, r, due_ns);
    if (g->seat.deaf) {
        memset(out, g711_silence[law], frames);
    } else if (r->whispers > 0 || (g->seat.to == NO_LEG && g->seat.added_until > from)) {
        read_own(l, r, g, law, from, out, frames);
    } else {
        encode_until(r, law, until);
        for (uint32_t i = 0; i < frames; i++) out[i] = r->codes[law][(from + i) & RING_MASK];
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
        playout_start(&l->playouts[g->index], 1);
        s->to = s->previous = NO_LEG;
        s->room = c->u.join.room;
        s->next = r->first;
        if (r->first != NO_LEG) l->legs[r->first].seat.previous = g->index;
        r->first = g->index;
    }
    r->whispers = (uint16_t)(r->whispers - (s->to != NO_LEG) + (c->u.join.to != NO_LEG));
    if (s->to != c->u.join.to) forget_sound(s), playout_start(&l->playouts[g->index], 1);
    s->to = c->u.join.to;
    s->muted = c->u.join.muted != 0;
    s->deaf = c->u.join.deaf != 0;
}

/* What an attendant says, silence too: its room hears it as it hears everybody. */
static void attendant_says(loop *l, leg *g, uint32_t timestamp, const uint8_t *codes, uint32_t frames, uint64_t due_ns) {
    int16_t samples[PTIME_MS_MAX * SAMPLE_RATE / 1000] = {0};
    for (uint32_t i = 0; i < frames; i++) samples[i] = g711_linear[PCMU][codes[i]];
    jitter_push(&l->playouts[g->index].buffer, 0, (uint16_t)(timestamp / frames), timestamp, samples, frames,
                (int64_t)(due_ns / NS_PER_SAMPLE));
}

/* The packet time of a leg that has no far end: what it plays is heard by its room, what it hears can be recorded. */
void room_attend(loop *l, leg *g, uint64_t due_ns) {
    uint8_t codes[PTIME_MS_MAX * SAMPLE_RATE / 1000];
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
