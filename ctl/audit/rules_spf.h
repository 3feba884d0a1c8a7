#ifndef CTL_AUDIT_RULES_SPF_H
#define CTL_AUDIT_RULES_SPF_H

struct rules_case;

/* MAIL-BESCHERM-004: the SPF policy of a domain that sends. */
void rules_spf(struct rules_case *c);

#endif
