#ifndef CTL_REPORT_MADE_REPORT_H
#define CTL_REPORT_MADE_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "history/store.h"

struct dmarc_record;
struct pool;
struct query;
struct report_policy;
struct sender;

/* A report as it goes out: the same day, policy and sender make the same octets. */
#define MADE_REPORT_ID_SIZE 33
#define MADE_REPORT_SHA256_SIZE 65

struct made_report {
	char id[MADE_REPORT_ID_SIZE];
	int64_t begin, end;     /* UTC seconds */
	int64_t rows, messages; /* in it */
	int64_t left_out;       /* rows that had no room */
	char xml_sha256[MADE_REPORT_SHA256_SIZE];
	void *gzip; /* the XML; malloc()ed */
	size_t gzip_len;
	const char *file_name; /* in the pool */
};

/* The id of a report (RFC 9990 section 3.1.4), in ${id}. */
void made_report_id(const struct sender *sender, const struct report_policy *policy,
    int64_t day, char id[MADE_REPORT_ID_SIZE]);

/* What it is made of. */
struct made_report_source {
	const struct sender *sender;
	const struct report_policy *policy;
	const struct dmarc_record *record; /* that of the policy */
	int64_t day;
};

enum store_status made_report_make(struct query *history,
    const struct made_report_source *source, struct pool *pool, struct made_report *made);

/* One that is made up, about yesterday. */
#define MADE_REPORT_SAMPLE_DOMAIN "example.nl"
void made_report_sample(const struct sender *sender, int64_t now, struct pool *pool,
    struct made_report *made);

void made_report_clear(struct made_report *made);

#endif
