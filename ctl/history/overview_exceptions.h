#ifndef CTL_HISTORY_OVERVIEW_EXCEPTIONS_H
#define CTL_HISTORY_OVERVIEW_EXCEPTIONS_H

#include <stdint.h>

struct overview;
struct pool;

/* List the exceptions of the settings, in ${pool}; then say what each message decided. */
void overview_exceptions_begin(struct overview *overview, struct pool *pool);

/* A message was decided by: an Override in normal form; a TrustedForwarder, which is
 * in the settings or was, by client and its confirmed name (NULL: not asked); a list that
 * signed, of which one may be NULL. */
void overview_exceptions_override(struct overview *overview, const char *override);
void overview_exceptions_forwarder(
    struct overview *overview, const char *client, const char *name);
void overview_exceptions_list(struct overview *overview, const char *const lists[2]);

#endif
