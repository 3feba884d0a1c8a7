#ifndef CTL_PROGRESS_H
#define CTL_PROGRESS_H

#include <stddef.h>

/* A bar on standard error, for who looks on: how much is done. */
void progress_draw(size_t done, size_t count);
void progress_erase(void);

#endif
