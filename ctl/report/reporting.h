#ifndef CTL_REPORT_REPORTING_H
#define CTL_REPORT_REPORTING_H

#include <stdbool.h>
#include <stdint.h>

struct access;
struct parts;

/* One run: every policy of the days at hand gets its report, or a reason for none. */
struct reporting_options {
	const char *domain;  /* of this policy domain alone; NULL: all */
	bool has_day;        /* of one day alone, */
	int64_t day;         /* in days since 1970 (UTC) */
	bool dry_run;        /* only tell */
	const char *out_dir; /* write the files there, send nothing; NULL: no */
	bool force;          /* whatever the clock did */
};

/* Returns what to exit with; what went wrong has been said. */
int reporting_do(struct access *access, const struct parts *parts,
    const struct reporting_options *options);

#endif
