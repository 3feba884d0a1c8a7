#ifndef CTL_FIGURES_H
#define CTL_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The file that the setting Metrics names, as a running filter writes it each 15 s.  What
 * stands in it is the filter's, and is not believed to be well formed.
 */
struct figures {
	char *text; /* NUL behind its last octet; NULL: it cannot be read */
	size_t len;
	bool fresh;
	long long age; /* seconds */
};

/* Older ones tell of a filter that no longer runs. */
#define FIGURES_FRESH_SECONDS 60

/* ${figures} for figures_free().  Unless it is fresh ${why} names ${path}. */
void figures_read(const char *path, struct figures *figures, char *why, size_t whysize);
void figures_free(struct figures *figures);

/*
 * The value of ${series}, as in `mode_enforce` or `history_state{state="ok"}`, without
 * the prefix that all of them have.  False: it is not there, or no whole number (what
 * follows a point is left out) of 0 or more.  Pure.
 */
bool figures_value(const char *text, const char *series, int64_t *value);

/*
 * The text of ${label} of the first series of ${family}; only letters, digits and "._+-"
 * are taken.  False: it is not there.  Pure.
 */
bool figures_label(
    const char *text, const char *family, const char *label, char *value, size_t size);

#endif
