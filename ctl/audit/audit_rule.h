#ifndef CTL_AUDIT_AUDIT_RULE_H
#define CTL_AUDIT_AUDIT_RULE_H

#include <stddef.h>

/*
 * The rules of the Uniforme Beveiligingsvoorschriften, e-mail 1.0 (2021-12-23), and what
 * is looked at beside them, in the order of the report.
 */
enum audit_rule {
	AUDIT_UNUSED,    /* MAIL-BESCHERM-001 */
	AUDIT_FLOWS,     /* 002 */
	AUDIT_APPLIED,   /* 003 */
	AUDIT_SPF,       /* 004 */
	AUDIT_DKIM,      /* 005 */
	AUDIT_KEYS,      /* 006 */
	AUDIT_DMARC,     /* 007 */
	AUDIT_ALIGNMENT, /* 008 */
	AUDIT_REPORTS,   /* 009 */
	AUDIT_INBOUND,   /* 010 */
	AUDIT_STARTTLS,  /* MAIL-BEVEILIG-001 */
	AUDIT_DANE,      /* 002 */
	AUDIT_DNSSEC,
	AUDIT_MTA_STS,
	AUDIT_TLS_RPT
};
#define AUDIT_RULES 15

#define AUDIT_RULES_VERSION "UBV e-mail 1.0 (2021-12-23)"

/* A rule binds: comply or explain.  An advice and an addition do not. */
enum audit_sort { AUDIT_SORT_RULE, AUDIT_SORT_ADVICE, AUDIT_SORT_ADDITION };

const char *audit_rule_name(enum audit_rule rule);
const char *audit_rule_title(enum audit_rule rule); /* to be translated */
const char *audit_rule_asks(enum audit_rule rule);  /* one sentence, to be translated */
enum audit_sort audit_rule_sort(enum audit_rule rule);
const char *audit_rule_sort_word(enum audit_sort sort); /* of JSON and CSV */

/*
 * The rule of that name, any case; "003" is short for MAIL-BESCHERM-003, "BEVEILIG-002"
 * for the same with MAIL-.  AUDIT_RULES: there is none.
 */
size_t audit_rule_find(const char *name);

#endif
