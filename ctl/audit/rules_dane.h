#ifndef CTL_AUDIT_RULES_DANE_H
#define CTL_AUDIT_RULES_DANE_H

struct rules_case;

/* MAIL-BEVEILIG-002, inbound: DANE, in the order of RFC 7672. */
void rules_dane(struct rules_case *c);

#endif
