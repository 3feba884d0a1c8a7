#ifndef CTL_REPORT_REPORT_MAIL_H
#define CTL_REPORT_REPORT_MAIL_H

#include <stdint.h>

struct made_report;
struct sender;
struct text;

/*
 * The mail that brings a report (RFC 9990 section 3.5.2).  Pure: the same values make the
 * same octets, whenever it is sent.
 */
struct report_mail {
	const struct sender *sender;
	const struct made_report *report;
	const char *domain; /* of the policy */
	const char *to;
	int64_t n;  /* which mail of the report */
	int64_t at; /* Date, UTC seconds */
};

/* At the end of ${out}, lines ended by LF. */
void report_mail_write(struct text *out, const struct report_mail *mail);

#endif
