#ifndef CTL_AUDIT_RULES_INBOUND_H
#define CTL_AUDIT_RULES_INBOUND_H

struct rules_case;
struct server;

/* MAIL-BESCHERM-010: what this installation says of itself. */
void rules_inbound(struct rules_case *c, const struct server *server);

#endif
