#ifndef CTL_AUDIT_RULES_TLS_H
#define CTL_AUDIT_RULES_TLS_H

struct probed_host;
struct rules_case;

/*
 * What a server agrees to, and its certificates, by the levels of the guideline (ncsc.h):
 * what is insufficient is wrong, what is to be phased out is worth a look.
 */
void rules_tls_judge(struct rules_case *c, const struct probed_host *h);

#endif
