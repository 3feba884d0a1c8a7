#ifndef CTL_PROVE_PROVE_ASTRAY_H
#define CTL_PROVE_PROVE_ASTRAY_H

#include <stdbool.h>

struct postfix_setup;

/*
 * May milter_header_checks send a test message on?  They are cleanup(8)'s, so no option
 * of the listener keeps them away, and their FILTER, REDIRECT and BCC go before its
 * content_filter.  Tables of patterns are read; what cannot be read may.
 */
bool prove_astray_is_possible(const struct postfix_setup *setup);

/* The same of the text of one table.  Pure. */
bool prove_astray_is_in(const char *table);

#endif
