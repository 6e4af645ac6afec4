/* Levels of G.711 code words. */
#include "level.h"

#include "g711.h"

static const uint8_t loudest[2] = {0x00, 0x2a}; /* without the sign bit, as sent */

void level_add(level_figures *v, int law, const uint8_t *codes, uint32_t count) {
    uint64_t sum = 0;
    uint32_t clipped = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += g711_square[law][codes[i]];
        clipped += (codes[i] & 0x7f) == loudest[law];
    }
    v->energy += sum;
    v->samples += count;
    v->packets++;
    v->clipped += clipped;
    if (sum <= (uint64_t)SILENT_SQUARE_MAX * count) v->silent++;
}
