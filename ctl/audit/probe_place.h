#ifndef CTL_AUDIT_PROBE_PLACE_H
#define CTL_AUDIT_PROBE_PLACE_H

#include <stdbool.h>

struct probe_place;

/*
 * Read HOST=ADDRESS or HOST=ADDRESS@PORT.  False: it is none.  ${place} is to be cleared
 * in any case.
 */
bool probe_place_read(const char *text, struct probe_place *place);
void probe_place_clear(struct probe_place *place);

#endif
