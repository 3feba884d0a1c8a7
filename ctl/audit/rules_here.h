#ifndef CTL_AUDIT_RULES_HERE_H
#define CTL_AUDIT_RULES_HERE_H

#include <stdbool.h>

struct facts;
struct facts_host;
struct server;

/* Is the MX host this server, by its name or an address; is any of a domain?  Pure. */
bool rules_here_is(const struct server *s, const struct facts_host *h);
bool rules_here_any(const struct server *s, const struct facts *f);

#endif
