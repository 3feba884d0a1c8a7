#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "base/wordlist.h"

/* The command line of beschermd. */
struct options {
	char *conf; /* absolute; NULL: the default one, if it is there */
	bool foreground, to_syslog, check_only;
	struct wordlist settings; /* "Key=Value", on top of what the file says */
};

/*
 * -1: go on with ${o}; else the code to exit with, as all is said or done (-h, -V, -r).
 * options_clear() it in any case.
 */
int options_parse(struct options *o, int argc, char **argv);
void options_clear(struct options *o);

#endif
