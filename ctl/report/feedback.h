#ifndef CTL_REPORT_FEEDBACK_H
#define CTL_REPORT_FEEDBACK_H

#include <stdbool.h>
#include <stdint.h>

struct dmarc_record;
struct report_row;
struct text;

/*
 * The XML of an aggregate report (RFC 9990 section 3.1), which holds to its schema
 * whatever octets it is given.  Pure: equal rows, equal text.
 */
struct feedback {
	const char *org_name, *email;
	const char *contact; /* "": none */
	const char *id;
	int64_t begin, end; /* UTC seconds */
	const char *error;  /* "": none */
	const char *domain; /* of the policy */
	const char *method; /* "treewalk", "psl" */
	const struct dmarc_record *record;
};

/* One record at the end of ${out}; false: it can be none, and nothing was written. */
bool feedback_record(struct text *out, const struct report_row *row);

/* The report at the end of ${out}, with all of its ${records}. */
void feedback_write(
    struct text *out, const struct feedback *feedback, const struct text *records);

#endif
