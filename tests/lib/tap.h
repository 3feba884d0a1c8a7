#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

/* Results of suites, whose cases are data: one TAP line each. */
void tap_result(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void tap_skip(const char *name, const char *why);

/* The plan; returns what main returns.  No results at all: the suite is skipped. */
int tap_end(void);

#endif
