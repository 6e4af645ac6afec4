/* A recording's frames from its ring into its file, on the recorder's thread. */
#ifndef MEDIA_SAVE_H
#define MEDIA_SAVE_H

#include "layout.h"

/* As far as there are whole blocks of the file that are old enough. `buffer`: 2 x RECORD_RING. */
void save_recording(recording_file *f, recording *r, int16_t *ring, int16_t *buffer, uint64_t now_ns);
#endif
