#ifndef DMARC_ROW_H
#define DMARC_ROW_H

#include "check/dmarc.h"

/* A record at _dmarc.NAME, as a line of a zone. */
#define DMARC_AT(name, tags) "_dmarc." name " TXT \"v=DMARC1; " tags "\"\n"

/* One row of a table of DMARC checks. */
struct dmarc_row {
	const char *name, *zone, *from;
	const char *spf;   /* domain of a pass, or "result domain"; NULL: none */
	const char *dkim;  /* "pass a, fail b"; NULL: none */
	const char *found; /* dmarc_case_spell() */
	const char *names; /* asked, in order; NULL: not looked at */
	const char *org;   /* "-": not needed; NULL: not looked at */
};

/* Asserts that the check finds what the row says. */
void dmarc_row_run(const struct dmarc_row *row, const struct dmarc_options *options);

/* "a.a.example.nl", of so many labels; good for 120. */
const char *dmarc_row_name(char name[254], int labels);

#endif
