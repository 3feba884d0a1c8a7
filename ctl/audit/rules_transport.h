#ifndef CTL_AUDIT_RULES_TRANSPORT_H
#define CTL_AUDIT_RULES_TRANSPORT_H

struct rules_case;

/* DNSSEC, MTA-STS and TLS reporting. */
void rules_transport_dnssec(struct rules_case *c);
void rules_transport_sts(struct rules_case *c);
void rules_transport_tls_rpt(struct rules_case *c);

#endif
