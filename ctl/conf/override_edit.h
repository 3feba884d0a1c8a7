#ifndef CTL_CONF_OVERRIDE_EDIT_H
#define CTL_CONF_OVERRIDE_EDIT_H

#include <stdbool.h>

struct config_override;

/*
 * Changes of the file of Overrides, each whole or not at all.  All return what to exit
 * with; what happened is said.
 */
struct override_edit {
	const char *conf; /* -c; NULL: the installed file */
	bool reload;      /* and have the daemon read it */
	bool dry;         /* only look whether it may be, and print the line */
};

/*
 * One more, in the place of one for the same names and clients.  Refused if it would let
 * in what strangers send: without clients, for a network of strangers, for a relay.
 */
int override_edit_add(const struct override_edit *e, const struct config_override *o);

/* That for the names and clients of ${o}; without clients: the only one of its names. */
int override_edit_remove(const struct override_edit *e, const struct config_override *o);

/* Those that have ended. */
int override_edit_prune(const struct override_edit *e);

#endif
