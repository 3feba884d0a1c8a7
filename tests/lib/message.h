#ifndef MESSAGE_H
#define MESSAGE_H

#include "mail/evidence.h"
#include "mail/header.h"

/* 2027-01-31 22:30 UTC, which is the next day east of Greenwich. */
#define MESSAGE_DAY 20270131
#define MESSAGE_DKIM_MAX 3

/*
 * A message from example.nl, of which DMARC says fail; ${change} makes it another.
 * The header and the signatures are those of the evidence.
 */
struct message {
	struct evidence ev;
	struct header_list headers;
	struct dkim_evidence dkim[MESSAGE_DKIM_MAX];
};

void message_init(struct message *m);

/* Signature ${nth}, from 0, is the last one. */
void message_sign(
    struct message *m, size_t nth, enum dkim_result result, const char *domain);

/* Changes. */
void message_permerror(struct message *m);
void message_pass(struct message *m);
void message_none(struct message *m);
void message_temperror(struct message *m);
void message_temperror_policy_reject(struct message *m);
void message_policy_none(struct message *m);
void message_list_mail(struct message *m);
void message_by_relay(struct message *m);
void message_pct_zero(struct message *m);
void message_pct_zero_quarantine(struct message *m);
void message_pct_zero_temperror(struct message *m);
void message_pct_zero_quarantine_temperror(struct message *m);

#endif
