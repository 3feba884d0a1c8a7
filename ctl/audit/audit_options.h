#ifndef CTL_AUDIT_AUDIT_OPTIONS_H
#define CTL_AUDIT_AUDIT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/audit/audit_rule.h"

struct probe_place;

/* The command line of an audit. */

#define AUDIT_OPTIONS_FILE SYSCONFDIR "/beschermd-audit.conf"

enum audit_format {
	AUDIT_FORMAT_TEXT,
	AUDIT_FORMAT_JSON,
	AUDIT_FORMAT_CSV,
	AUDIT_FORMAT_HTML
};

struct audit_options {
	const char *conf, *file, *folder, *compare;
	const char *language; /* "nl" or "en": what is spoken from now on */
	enum audit_format format;
	char separator;
	bool wanted[AUDIT_RULES];
	size_t wanted_count; /* 0: all */
	bool strict, zone, no_connect;
	int threads;
	int pause_ms; /* between two connections to an address */
	struct probe_place *places;
	size_t place_count;
	const char **settings; /* of the resolver, "Key=Value" */
	char **made;           /* those that are ours to free() */
	size_t setting_count;
};

/* EX_OK, or what to exit with, which has been said. */
int audit_options_read(struct audit_options *o, int argc, char **argv);
void audit_options_clear(struct audit_options *o);

#endif
