/*
 * Rows of the history, any octets in every column: the texts of a row one behind the
 * other with an octet 2 between them, rows with an octet 3.  The report always parses and
 * is what the schema wants, and its sums are those of the rows that could be in it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "ctl/report/feedback.h"
#include "feedback_reader.h"
#include "history/report_rows.h"
#include "mail/dmarc_record.h"
#include "must.h"

#define SIZE_MAX_HERE 60000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
next(char **rest)
{
	const char *text = strsep(rest, "\2");

	return text != NULL ? text : "";
}

static struct report_row
read_row(char *rest)
{
	struct report_row row = { .source = next(&rest),
		.disposition = next(&rest),
		.departures = next(&rest),
		.header_from = next(&rest),
		.mail_from = next(&rest),
		.spf_domain = next(&rest),
		.spf = next(&rest),
		.spf_reason = next(&rest),
		.signatures = next(&rest) };
	const char *numbers = next(&rest);

	row.count = *numbers == '\0' ? 1 : *numbers - '0';
	row.dkim_aligned = strchr(numbers, 'd') != NULL;
	row.spf_aligned = strchr(numbers, 's') != NULL;
	return row;
}

static void
check(struct feedback *f, const struct text *records, int64_t wanted, int64_t messages)
{
	struct text xml = { 0 };
	int64_t seen = 0, sum = 0;

	feedback_write(&xml, f, records);
	must(feedback_reader_check(xml.data, &seen, &sum) == NULL);
	must(seen == wanted && sum == messages);
	text_free(&xml);
}

/* First what stands in the head, then rows. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	char *text = mem_strndup((const char *)data, size), *rest = text, *part;
	char *head = strsep(&rest, "\3");
	struct dmarc_record record;
	struct feedback f = { .org_name = next(&head),
		.email = next(&head),
		.contact = next(&head),
		.id = next(&head),
		.error = next(&head),
		.domain = next(&head),
		.method = next(&head),
		.end = 86399,
		.record = &record };
	const char *said = next(&head);
	struct text records = { 0 };
	int64_t count = 0, messages = 0;

	record = dmarc_record_parse(said, strlen(said), pool);
	while (size < SIZE_MAX_HERE && (part = strsep(&rest, "\3")) != NULL) {
		struct report_row row = read_row(part);

		if (feedback_record(&records, &row)) {
			count++;
			messages += row.count;
		}
	}
	if (count > 0)
		check(&f, &records, count, messages);
	text_free(&records);
	free(text);
	pool_free(pool);
	return 0;
}
