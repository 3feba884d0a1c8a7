#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deflate.h"
#include "base/pool.h"
#include "base/text.h"
#include "check/body_hash.h"
#include "ctl/report/feedback.h"
#include "ctl/report/made_report.h"
#include "ctl/report/sender.h"
#include "history/report_rows.h"
#include "mail/dmarc_record.h"
#include "mail/report_uri.h"

#define DAY ((int64_t)86400)
#define ROWS_MAX 10000 /* of one report */
#define ERROR_MAX 500  /* octets */
/* Rows with names as long as they can be are a stranger's, and are to fill no memory. */
#define RECORDS_MAX ((size_t)12 * 1024 * 1024)

static void
put_hex(const unsigned char *hash, size_t octets, char *hex)
{
	for (size_t i = 0; i < octets; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
}

static void
put_part(struct text *t, const char *part)
{
	text_put(t, part, strlen(part) + 1);
}

void
made_report_id(const struct sender *sender, const struct report_policy *policy,
    int64_t day, char id[MADE_REPORT_ID_SIZE])
{
	unsigned char hash[DKIM_HASH_SIZE];
	struct text all = { 0 };

	put_part(&all, sender->submitter);
	put_part(&all, policy->domain);
	put_part(&all, policy->record);
	put_part(&all, policy->method);
	text_printf(&all, "%" PRId64, day * DAY);
	body_hash_octets(all.data, all.len, hash);
	put_hex(hash, (MADE_REPORT_ID_SIZE - 1) / 2, id);
	text_free(&all);
}

struct maker {
	struct made_report *made;
	struct text records;
	int64_t messages_left_out;
};

/* The largest counts come first: what has no room is of the small ones. */
static void
take_row(const struct report_row *row, void *cookie)
{
	struct maker *m = cookie;

	if (m->made->rows == ROWS_MAX || m->records.len >= RECORDS_MAX) {
		m->made->left_out++;
		m->messages_left_out += row->count;
	} else if (feedback_record(&m->records, row)) {
		m->made->rows++;
		m->made->messages += row->count;
	}
}

static size_t
count_unusable(const char *rua, struct pool *pool)
{
	const char *uri;
	size_t count = 0, len;

	while (rua != NULL && report_uri_next(&rua, &uri, &len))
		count += report_uri_address(uri, len, pool) == NULL;
	return count;
}

static void
put_phrase(struct text *error, const char *phrase)
{
	if (phrase == NULL || *phrase == '\0')
		return;
	text_puts(error, error->len > 0 ? "; " : "");
	text_puts(error, phrase);
}

/*
 * RFC 9990 section 3.1.5: what is to be known of the rows, and of the record.  That rows
 * are missing comes first, as the end may be cut.
 */
static void
describe_errors(
    struct text *error, const struct maker *m, const struct made_report_source *source)
{
	struct pool *pool = pool_new();
	const size_t unusable = count_unusable(source->record->rua_said, pool);

	if (m->made->left_out > 0)
		put_phrase(error, pool_printf(pool,
				      "%" PRId64 " rows with %" PRId64
				      " messages are left out, those with the smallest "
				      "counts: a report "
				      "has %d rows at most, and %zu MB",
				      m->made->left_out, m->messages_left_out, ROWS_MAX,
				      RECORDS_MAX >> 20));
	put_phrase(error, source->policy->faults);
	put_phrase(error, source->record->fault);
	if (unusable > 0)
		put_phrase(error,
		    pool_printf(pool, "%zu of the URIs of rua cannot be used", unusable));
	if (error->len > ERROR_MAX)
		error->data[ERROR_MAX] = '\0';
	pool_free(pool);
}

static void
finish(struct maker *m, const struct made_report_source *source)
{
	const struct sender *sender = source->sender;
	struct made_report *made = m->made;
	struct text error = { 0 };
	struct feedback feedback = {
		.org_name = sender->name,
		.email = sender->address,
		.contact = sender->contact,
		.id = made->id,
		.begin = made->begin,
		.end = made->end,
		.domain = source->policy->domain,
		.method = source->policy->method,
		.record = source->record,
	};
	unsigned char hash[DKIM_HASH_SIZE];
	struct text xml = { 0 };

	describe_errors(&error, m, source);
	feedback.error = error.len > 0 ? error.data : "";
	feedback_write(&xml, &feedback, &m->records);
	text_free(&error);
	text_free(&m->records);
	body_hash_octets(xml.data, xml.len, hash);
	put_hex(hash, DKIM_HASH_SIZE, made->xml_sha256);
	made->gzip = deflate_gzip(xml.data, xml.len, &made->gzip_len);
	text_free(&xml);
}

static void
begin(struct made_report *made, const struct sender *sender,
    const struct report_policy *policy, int64_t day, struct pool *pool)
{
	*made = (struct made_report){ .begin = day * DAY, .end = day * DAY + DAY - 1 };
	made_report_id(sender, policy, day, made->id);
	made->file_name = pool_printf(pool, "%s!%s!%" PRId64 "!%" PRId64 "!%s.xml.gz",
	    sender->submitter, policy->domain, made->begin, made->end, made->id);
}

enum store_status
made_report_make(struct query *history, const struct made_report_source *source,
    struct pool *pool, struct made_report *made)
{
	struct maker m = { .made = made };
	enum store_status status;

	begin(made, source->sender, source->policy, source->day, pool);
	status = report_rows_each(history, source->day, source->policy->id, take_row, &m);
	if (status == STORE_OK && made->rows > 0)
		finish(&m, source);
	text_free(&m.records);
	return status;
}

/* What was found of three senders: the domain's own, a mailing list, and a forger. */
static const struct report_row sample_rows[] = {
	{ 12, "192.0.2.25", "pass", true, true, "", MADE_REPORT_SAMPLE_DOMAIN,
	    MADE_REPORT_SAMPLE_DOMAIN, MADE_REPORT_SAMPLE_DOMAIN, "pass", "",
	    "pass\x1f" MADE_REPORT_SAMPLE_DOMAIN "\x1fs2026\x1f" },
	{ 2, "2001:db8::25", "quarantine", false, false,
	    "mailing_list\x1fsigned by its mailing list", MADE_REPORT_SAMPLE_DOMAIN,
	    "lists.example.org", "lists.example.org", "pass", "",
	    "pass\x1f"
	    "lists.example.org\x1fl1\x1f\x1e"
	    "fail\x1f" MADE_REPORT_SAMPLE_DOMAIN "\x1fs2026\x1fthe body was changed" },
	{ 1, "203.0.113.66", "reject", false, false, "", MADE_REPORT_SAMPLE_DOMAIN,
	    MADE_REPORT_SAMPLE_DOMAIN, MADE_REPORT_SAMPLE_DOMAIN, "fail", "", "" },
};

void
made_report_sample(
    const struct sender *sender, int64_t now, struct pool *pool, struct made_report *made)
{
	static const char text[] = "v=DMARC1; p=reject";
	const struct report_policy policy = {
		.domain = MADE_REPORT_SAMPLE_DOMAIN,
		.record = text,
		.method = "treewalk",
	};
	const struct dmarc_record record =
	    dmarc_record_parse(text, sizeof text - 1, pool);
	const struct made_report_source source = { sender, &policy, &record,
		now / DAY - 1 };
	struct maker m = { .made = made };

	begin(made, sender, &policy, source.day, pool);
	for (size_t i = 0; i < sizeof sample_rows / sizeof sample_rows[0]; i++)
		take_row(&sample_rows[i], &m);
	finish(&m, &source);
}

void
made_report_clear(struct made_report *made)
{
	free(made->gzip);
	made->gzip = NULL;
}
