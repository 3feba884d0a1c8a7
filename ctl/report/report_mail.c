#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "ctl/report/made_report.h"
#include "ctl/report/report_mail.h"
#include "ctl/report/sender.h"

#define LINE_OCTETS 57 /* 76 columns of base64 */
#define DATE_SIZE 40
#define WORDS_MAX 300

/* Of our settings: printable, and nothing that ends the quotes, or is longer than a line.
 */
static void
put_words(struct text *out, const char *words)
{
	for (int i = 0; *words != '\0' && i < WORDS_MAX; words++, i++) {
		if (*words == '"' || *words == '\\')
			text_putc(out, '\\');
		if (*words >= ' ' && *words <= '~')
			text_putc(out, *words);
		else
			text_putc(out, '?');
	}
}

static void
put_base64(struct text *out, const unsigned char *data, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[4 * LINE_OCTETS / 3 + 1];
	size_t used = 0;

	for (size_t i = 0; i < len; i += 3) {
		const size_t there = len - i < 3 ? len - i : 3;
		const unsigned bits = (unsigned)data[i] << 16 |
				      (there > 1 ? (unsigned)data[i + 1] << 8 : 0) |
				      (there > 2 ? data[i + 2] : 0);

		line[used++] = digits[bits >> 18];
		line[used++] = digits[bits >> 12 & 63];
		line[used++] = digits[bits >> 6 & 63];
		line[used++] = digits[bits & 63];
		for (size_t pad = there; pad < 3; pad++)
			line[used - 3 + pad] = '=';
		if (used == sizeof line - 1 || i + 3 >= len) {
			line[used++] = '\n';
			text_put(out, line, used);
			used = 0;
		}
	}
}

/* RFC 5322 section 3.3; names of days and months in English whatever the locale. */
static const char *
date(int64_t at, char text[DATE_SIZE])
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
		"Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const time_t when = (time_t)at;
	struct tm tm = { 0 };
	char rest[DATE_SIZE] = "";
	struct text all = { 0 };

	gmtime_r(&when, &tm);
	strftime(rest, sizeof rest, "%Y %H:%M:%S +0000", &tm);
	text_printf(
	    &all, "%s, %d %s %s", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], rest);
	memcpy(text, all.data, all.len < DATE_SIZE ? all.len + 1 : DATE_SIZE);
	text[DATE_SIZE - 1] = '\0';
	text_free(&all);
	return text;
}

static void
put_header(struct text *out, const struct report_mail *m)
{
	const struct sender *s = m->sender;
	char when[DATE_SIZE];

	text_puts(out, "From: \"");
	put_words(out, s->name);
	text_printf(out, " DMARC\" <%s>\nTo: %s\n", s->address, m->to);
	text_printf(out, "Subject: Report Domain: %s\n Submitter: %s\n Report-ID: <%s>\n",
	    m->domain, s->submitter, m->report->id);
	text_printf(out, "Date: %s\n", date(m->at, when));
	text_printf(
	    out, "Message-ID: <%s.%" PRId64 "@%s>\n", m->report->id, m->n, s->domain);
	text_printf(out,
	    "MIME-Version: 1.0\n"
	    "Auto-Submitted: auto-generated\n"
	    "X-Auto-Response-Suppress: All\n"
	    "Content-Type: multipart/mixed; boundary=\"=_%s\"\n"
	    "\n",
	    m->report->id);
}

static void
put_text_part(struct text *out, const struct report_mail *m)
{
	const struct made_report *r = m->report;
	char begin[DATE_SIZE], end[DATE_SIZE];

	text_printf(out,
	    "--=_%s\n"
	    "Content-Type: text/plain; charset=us-ascii\n"
	    "\n"
	    "This is a DMARC aggregate report (RFC 9990) about mail from %s,\n"
	    "made by %s for the period from %s\n"
	    "to %s: %" PRId64 " messages in %" PRId64 " rows.\n"
	    "It is sent because the DMARC record of that domain asks for it.\n",
	    r->id, m->domain, m->sender->submitter, date(r->begin, begin),
	    date(r->end, end), r->messages, r->rows);
	if (*m->sender->contact != '\0') {
		text_puts(out, "Contact: ");
		put_words(out, m->sender->contact);
		text_putc(out, '\n');
	}
}

void
report_mail_write(struct text *out, const struct report_mail *m)
{
	const struct made_report *r = m->report;

	put_header(out, m);
	put_text_part(out, m);
	text_printf(out,
	    "\n"
	    "--=_%s\n"
	    "Content-Type: application/gzip;\n"
	    " name=\"%s\"\n"
	    "Content-Disposition: attachment;\n"
	    " filename=\"%s\"\n"
	    "Content-Transfer-Encoding: base64\n"
	    "\n",
	    r->id, r->file_name, r->file_name);
	put_base64(out, r->gzip, r->gzip_len);
	text_printf(out, "--=_%s--\n", r->id);
}
