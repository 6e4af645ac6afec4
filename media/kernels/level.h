/* How loud a stream is, measured on one packet of four: energy, silence, samples at the end of the scale. */
#ifndef MEDIA_LEVEL_H
#define MEDIA_LEVEL_H

#include "layout.h"

enum { LEVEL_EVERY = 4, SILENT_SQUARE_MAX = 5369 }; /* mean square of -50 dBov */

static inline int level_due(uint16_t sequence) { return sequence % LEVEL_EVERY == 0; }
void level_add(level_figures *v, int law, const uint8_t *codes, uint32_t count);
#endif
