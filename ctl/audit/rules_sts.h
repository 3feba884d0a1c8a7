#ifndef CTL_AUDIT_RULES_STS_H
#define CTL_AUDIT_RULES_STS_H

struct rules_case;

/* MTA-STS, where there is a record: the policy that a web server has. */
void rules_sts_policy(struct rules_case *c);

#endif
