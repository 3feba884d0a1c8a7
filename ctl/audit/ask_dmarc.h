#ifndef CTL_AUDIT_ASK_DMARC_H
#define CTL_AUDIT_ASK_DMARC_H

struct ask;

/* The DMARC record in force, as a receiver finds it, and those whom it tells to report
 * to. */
void ask_dmarc(struct ask *a);

#endif
