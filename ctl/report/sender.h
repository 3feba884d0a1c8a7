#ifndef CTL_REPORT_SENDER_H
#define CTL_REPORT_SENDER_H

#include <stdbool.h>

struct config;
struct parts;
struct pool;

/*
 * Who sends reports, and what the DNS says of that domain: nobody may be able to answer
 * a report with a report, and receivers must be able to verify it.
 */
struct sender {
	const char *address, *domain; /* ReportFrom */
	const char *submitter, *name; /* as reports call us */
	const char *contact;          /* "": none */
	const char *trouble;          /* a DNS error: nothing of the rest is known */
	const char *policy_name;      /* where the record is that applies; NULL: none */
	const char *policy;           /* that record */
	bool asks_reports;            /* it has a rua */
	bool has_spf;
	bool takes_mail; /* MX, or an address */
};

/* All in ${pool}.  Blocks on DNS.  ReportFrom must be set. */
struct sender sender_look(
    const struct parts *parts, const struct config *config, struct pool *pool);

bool sender_is_ready(const struct sender *sender);

/* On standard output: the records to publish. */
void sender_advise(const struct sender *sender);

#endif
