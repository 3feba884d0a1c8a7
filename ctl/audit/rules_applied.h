#ifndef CTL_AUDIT_RULES_APPLIED_H
#define CTL_AUDIT_RULES_APPLIED_H

struct rules_case;

/* MAIL-BESCHERM-003 (SPF, DKIM and DMARC are there) and 002 (a domain a flow). */
void rules_applied(struct rules_case *c);
void rules_applied_flows(struct rules_case *c);

#endif
