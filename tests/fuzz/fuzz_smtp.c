/* Replies of an SMTP server, one behind the other, in any number of pieces. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/smtp_reply.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_whole(const struct smtp_reply *r)
{
	size_t ends = 0;

	must(r->code >= 200 && r->code <= 599);
	must(r->lines >= 1 && r->lines <= SMTP_REPLY_LINES);
	must(r->text.len == strlen(r->text.data));
	for (const char *p = r->text.data; *p != '\0'; p++)
		ends += *p == '\n';
	must(ends + 1 == r->lines);
	if (smtp_reply_offers(r, "STARTTLS"))
		must(r->lines > 1 && strcasestr(r->text.data, "STARTTLS") != NULL);
}

/* Read ${len} octets in pieces of ${step}; what each reply was goes to ${seen}. */
static void
read_all(const char *octets, size_t len, size_t step, struct text *seen)
{
	struct smtp_reply r = { 0 };
	enum smtp_reply_reading reading = SMTP_REPLY_PART;

	while (len > 0 && reading != SMTP_REPLY_FOREIGN) {
		size_t piece = step < len ? step : len, used;
		/* A copy, so that what is read behind its end is seen. */
		char *copy = mem_alloc(piece);

		memcpy(copy, octets, piece);
		reading = smtp_reply_take(&r, copy, piece, &used);
		free(copy);
		must(used > 0 && used <= piece);
		must(reading != SMTP_REPLY_PART || used == piece);
		must(r.text.len <= SMTP_REPLY_LINES * (size_t)SMTP_REPLY_LINE_OCTETS);
		octets += used;
		len -= used;
		if (reading != SMTP_REPLY_WHOLE)
			continue;
		check_whole(&r);
		text_printf(seen, "%d %zu %zu %d;", r.code, r.lines, r.text.len,
		    smtp_reply_offers(&r, "STARTTLS"));
		smtp_reply_reset(&r);
		reading = SMTP_REPLY_PART;
	}
	text_printf(seen, "%d", (int)reading);
	smtp_reply_free(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text at_once = { 0 }, in_pieces = { 0 };

	if (size == 0)
		return 0;
	read_all((const char *)data + 1, size - 1, size, &at_once);
	read_all((const char *)data + 1, size - 1, 1 + data[0] % 16U, &in_pieces);
	must(strcmp(at_once.data, in_pieces.data) == 0);
	text_free(&at_once);
	text_free(&in_pieces);
	return 0;
}
