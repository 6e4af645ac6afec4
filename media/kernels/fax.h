/* Fax machines by their first tones (ITU-T T.30 4): CNG of one that calls, CED (also V.25's answer tone) of one that answers. */
#ifndef MEDIA_FAX_H
#define MEDIA_FAX_H

#include <stdint.h>

enum fax_tone { FAX_NONE = 0, FAX_CNG, FAX_CED, FAX_TONES };
enum { FAX_WINDOW = 80, FAX_HITS = 4 };

typedef struct {
    double energy;
    uint8_t tone, hits, told;
} fax_listener;

void fax_prepare(void);
enum fax_tone fax_hear(fax_listener *f, int law, const uint8_t *codes, uint32_t count); /* a packet now and then; each told once */
#endif
