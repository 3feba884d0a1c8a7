#ifndef CTL_AUDIT_RULES_UNUSED_H
#define CTL_AUDIT_RULES_UNUSED_H

struct rules_case;

/* MAIL-BESCHERM-001: a domain that is not used for mail. */
void rules_unused(struct rules_case *c);

#endif
