#ifndef CTL_CONF_OVERRIDE_TEXT_H
#define CTL_CONF_OVERRIDE_TEXT_H

#include <stddef.h>

struct config_override;
struct wordlist;

/*
 * Changes of the text of a conf file, line by line: comments and other settings stay as
 * they are.  Each returns the new text, free()d by the caller, and adds the lines that
 * went to ${gone}.  Pure.
 */

/* With a line for ${o}: in the place of one for the same names and clients, or last. */
char *override_text_put(
    const char *text, const struct config_override *o, struct wordlist *gone);

/* Without those for the same names and clients as ${o}. */
char *override_text_remove(
    const char *text, const struct config_override *o, struct wordlist *gone);

/* Without those that ended before ${today} (YYYYMMDD, local time). */
char *override_text_prune(const char *text, int today, struct wordlist *gone);

/*
 * How many lines there are for the names of ${o}, whatever their clients; *${last}, for
 * config_override_clear(): the last of them.
 */
size_t override_text_find(
    const char *text, const struct config_override *o, struct config_override *last);

#endif
