/* ITU-T G.711: code words to 16-bit samples and back, and from one law to the other. */
#ifndef MEDIA_G711_H
#define MEDIA_G711_H

#include <stddef.h>
#include <stdint.h>

extern int16_t g711_linear[2][256];   /* [law][code] -> sample */
extern uint8_t g711_other[2][256];    /* [law][code] -> code of the other law */
extern uint64_t g711_square[2][256];  /* [law][code] -> sample squared */
extern const uint8_t g711_silence[2]; /* the code of zero */

void g711_prepare(void);
uint8_t g711_encode(int law, int sample);
void g711_encode_all(int law, const int32_t *samples, uint8_t *codes, size_t count);
void g711_transcode(int from_law, const uint8_t *in, uint8_t *out, size_t count);
#endif
