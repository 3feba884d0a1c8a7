#ifndef CTL_AUDIT_RULES_TRANSPORT_H
#define CTL_AUDIT_RULES_TRANSPORT_H

struct rules_case;

/*
 * MAIL-BEVEILIG-001 and 002, DNSSEC, MTA-STS and TLS reporting: as far as DNS tells.
 * What takes a connection is unknown, and says so.
 */
void rules_transport_starttls(struct rules_case *c);
void rules_transport_dane(struct rules_case *c);
void rules_transport_dnssec(struct rules_case *c);
void rules_transport_sts(struct rules_case *c);
void rules_transport_tls_rpt(struct rules_case *c);

#endif
