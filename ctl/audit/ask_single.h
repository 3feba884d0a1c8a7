#ifndef CTL_AUDIT_ASK_SINGLE_H
#define CTL_AUDIT_ASK_SINGLE_H

struct ask;

/* The records of MTA-STS (RFC 8461) and TLS reporting (RFC 8460). */
void ask_single_all(struct ask *a);

#endif
