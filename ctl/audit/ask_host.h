#ifndef CTL_AUDIT_ASK_HOST_H
#define CTL_AUDIT_ASK_HOST_H

struct ask;

/* The MX hosts of the domain: addresses, aliases, TLSA. */
void ask_host_all(struct ask *a);

#endif
