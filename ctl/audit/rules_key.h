#ifndef CTL_AUDIT_RULES_KEY_H
#define CTL_AUDIT_RULES_KEY_H

struct rules_case;

/* MAIL-BESCHERM-005 (signing) and 006 (how old keys are). */
void rules_key_signing(struct rules_case *c);
void rules_key_age(struct rules_case *c);

#endif
