#ifndef CTL_AUDIT_AUDIT_POSTFIX_H
#define CTL_AUDIT_AUDIT_POSTFIX_H

struct config;
struct pool;
struct server;

/* What the Postfix of this host says of itself.  Before there are threads. */
void audit_postfix_look(struct server *s, struct config *config, struct pool *pool);

#endif
