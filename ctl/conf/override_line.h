#ifndef CTL_CONF_OVERRIDE_LINE_H
#define CTL_CONF_OVERRIDE_LINE_H

#include <stdbool.h>

struct buf;
struct config_override;

/* What a new Override is to say, in words of the command line; NULL: not given. */
struct override_line {
	const char *domain, *action, *client, *until, *reason;
};

/*
 * Read ${words} as a conf file would be read, so that nothing is taken that the daemon
 * refuses, and no word can bring others along.  False with ${why}.  ${o} is for
 * config_override_clear().
 */
bool override_line_read(
    struct config_override *o, const struct override_line *words, struct buf *why);

/* The line of a conf file that says ${o}, without its end; free()d by the caller. */
char *override_line_print(const struct config_override *o);

/* Does ${line}, one of a conf file, say an Override?  Then into ${o}. */
bool override_line_parse(const char *line, struct config_override *o);

#endif
