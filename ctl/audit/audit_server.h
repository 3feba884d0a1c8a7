#ifndef CTL_AUDIT_AUDIT_SERVER_H
#define CTL_AUDIT_AUDIT_SERVER_H

#include "ctl/audit/server.h"

struct plan;
struct pool;

/*
 * Look at this host: its settings, its Postfix, its history.  ${conf}: the settings, NULL
 * for the installed ones.  Before there are threads; what is in ${server} lives in
 * ${pool} but for its lists, which audit_server_clear() frees.
 */
void audit_server_look(
    struct server *server, const char *conf, const struct plan *plan, struct pool *pool);
void audit_server_clear(struct server *server);

#endif
