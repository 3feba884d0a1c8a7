#ifndef CTL_AUDIT_RULES_SERVER_H
#define CTL_AUDIT_RULES_SERVER_H

struct rules_case;
struct server;

/*
 * MAIL-BEVEILIG-001 and 002 as far as this server goes, where it takes the domain's mail:
 * how it sends to others, and what of Postfix mends what connections showed.
 */
void rules_server_starttls(struct rules_case *c, const struct server *s);
void rules_server_dane(struct rules_case *c, const struct server *s);

#endif
