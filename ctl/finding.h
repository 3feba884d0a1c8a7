#ifndef CTL_FINDING_H
#define CTL_FINDING_H

#include <stddef.h>

/* What a check has found, on standard output, a line each. */
void finding_well(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Not for us to judge. */
void finding_look(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Wrong; ${mend}, what to do, on a line of its own.  Counts it. */
void finding_mend(size_t *count, const char *mend, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
