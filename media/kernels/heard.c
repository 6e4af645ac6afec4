/* Of several streams that one source sends at once, as gateways do that fork or hand over, the newest is heard; another one while it
 * is silent, or when it speaks again after a silence of its own. Who changes the SSRC with every packet, but counts them on, sends one
 * stream. Keys may have an SSRC of their own, as what only keeps a way open.
 */
#include "heard.h"

#include <string.h>

#include "stats.h"

enum { LIVELY_NS_MAX = 100 * 1000 * 1000, RETURNS_NS_MIN = 1000 * 1000 * 1000 };
enum { STEP_MAX = 8, STEP_AGAIN_MAX = 100 }; /* so far a number may be ahead to go on from the last: at first, and once that is known */

static uint32_t place_of(const spoken_streams *all, uint32_t ssrc) {
    uint32_t at = 0;
    while (at < all->count && all->of[at].ssrc != ssrc) at++;
    return at;
}

static void put_first(spoken_streams *all, uint32_t at, uint32_t ssrc) {
    if (at == STREAMS_MAX) at--;
    else if (at == all->count) all->count++;
    memmove(all->of + 1, all->of, at * sizeof all->of[0]);
    all->of[0] = (spoken_stream){0, ssrc};
}

enum hearing heard_other(heard_stream *h, spoken_streams *all, uint32_t ssrc, int is_voice, int ahead, uint64_t now_ns) {
    uint32_t at = place_of(all, ssrc), heard_at = place_of(all, h->as);
    int is_new = at == all->count, goes_on = h->hops ? ahead > -WINDOW_PACKETS && ahead <= STEP_AGAIN_MAX
                                                     : is_voice && is_new && ahead > 0 && ahead <= STEP_MAX;
    if (h->known && goes_on) {
        h->ssrc = ssrc, h->hops = 1, h->last_ns = now_ns;
        return HEARD_ON;
    }
    if (!is_voice) return HEARD;
    int returns = !is_new && now_ns > all->of[at].last_ns + RETURNS_NS_MIN, is_older = h->known && !is_new && at > heard_at;
    if (!is_new) all->of[at].last_ns = now_ns;
    if (is_older && !returns && now_ns < h->last_ns + LIVELY_NS_MAX) return BESIDE;
    if (heard_at < all->count) all->of[heard_at].last_ns = h->last_ns;
    if (is_new || returns) put_first(all, at, ssrc);
    *h = (heard_stream){.last_ns = now_ns, .ssrc = ssrc, .as = ssrc, .known = 1};
    return HEARD;
}
