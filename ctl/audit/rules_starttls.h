#ifndef CTL_AUDIT_RULES_STARTTLS_H
#define CTL_AUDIT_RULES_STARTTLS_H

struct rules_case;

/* MAIL-BEVEILIG-001, inbound: can mail come in encrypted, and with nothing too weak? */
void rules_starttls(struct rules_case *c);

#endif
