#ifndef CTL_AUDIT_RULES_DMARC_H
#define CTL_AUDIT_RULES_DMARC_H

struct rules_case;

/* MAIL-BESCHERM-007 (policy), 008 (alignment), 009 (reporting). */
void rules_dmarc_policy(struct rules_case *c);
void rules_dmarc_alignment(struct rules_case *c);
void rules_dmarc_reports(struct rules_case *c);

#endif
