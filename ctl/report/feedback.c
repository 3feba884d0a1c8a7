#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "base/text.h"
#include "config.h"
#include "ctl/report/feedback.h"
#include "history/report_rows.h"
#include "mail/dmarc_record.h"

/* Parts of an entry: result, domain, selector, reason. */
#define PARTS_MAX 4
/* RFC 9990 section 3.1.3 */
#define SIGNATURES_MAX 100
#define REASONS_MAX 10

struct part {
	const char *at;
	size_t len;
};

static const char *const dispositions[] = { "none", "pass", "quarantine", "reject",
	NULL };
static const char *const dkim_results[] = { "none", "pass", "fail", "policy", "neutral",
	"temperror", "permerror", NULL };
static const char *const spf_results[] = { "none", "pass", "fail", "softfail", "policy",
	"neutral", "temperror", "permerror", NULL };
static const char *const reason_types[] = { "local_policy", "mailing_list", "other",
	"policy_test_mode", "trusted_forwarder", NULL };

/* One of ${words}, or NULL: what the schema does not know is not written. */
static const char *
word(const char *const *words, struct part part)
{
	while (*words != NULL &&
	       (strlen(*words) != part.len || memcmp(*words, part.at, part.len) != 0))
		words++;
	return *words;
}

static struct part
whole(const char *text)
{
	return (struct part){ text, strlen(text) };
}

static char
printable(char c)
{
	if (c >= ' ' && c <= '~')
		return c;
	return '?';
}

/* All that is told is ASCII: A-labels, selectors, addresses and phrases of ours.  Should
 * it ever not be, the report is XML all the same. */
static void
put_text(struct text *out, struct part part)
{
	for (size_t i = 0; i < part.len; i++) {
		switch (part.at[i]) {
		case '&':
			text_puts(out, "&amp;");
			break;
		case '<':
			text_puts(out, "&lt;");
			break;
		case '>':
			text_puts(out, "&gt;");
			break;
		case '"':
			text_puts(out, "&quot;");
			break;
		default:
			text_putc(out, printable(part.at[i]));
		}
	}
}

static void
put_element(struct text *out, const char *name, struct part part)
{
	text_printf(out, "<%s>", name);
	put_text(out, part);
	text_printf(out, "</%s>", name);
}

/* The next entry of ${list} into ${parts}; false: there is none. */
static bool
next_entry(struct part *list, struct part parts[PARTS_MAX])
{
	const char *end = memchr(list->at, REPORT_ROWS_ENTRY, list->len);
	struct part entry = { list->at, list->len };

	if (list->len == 0)
		return false;
	if (end != NULL)
		entry.len = (size_t)(end - entry.at);
	list->at += entry.len + (end != NULL);
	list->len -= entry.len + (end != NULL);
	for (size_t i = 0; i < PARTS_MAX; i++) {
		end = memchr(entry.at, REPORT_ROWS_PART, entry.len);
		parts[i] = entry;
		if (end != NULL)
			parts[i].len = (size_t)(end - entry.at);
		entry.at += parts[i].len + (end != NULL);
		entry.len -= parts[i].len + (end != NULL);
	}
	return true;
}

/* RFC 7489's pattern knows IPv6 in eight groups alone, and readers go by it. */
static bool
source_text(const char *source, char text[IP_TEXT_SIZE])
{
	struct ip ip;

	if (!ip_parse(source, &ip))
		return false;
	if (ip.family == IP_V4) {
		ip_format(&ip, text);
		return true;
	}
	if (ip.family != IP_V6)
		return false;
	for (size_t i = 0, len = 0; i < sizeof ip.octets; i += 2)
		len += (size_t)snprintf(text + len, IP_TEXT_SIZE - len, "%s%x",
		    i > 0 ? ":" : "", ip.octets[i] << 8 | ip.octets[i + 1]);
	return true;
}

static void
put_reasons(struct text *out, const char *departures)
{
	struct part list = whole(departures), parts[PARTS_MAX];

	for (int i = 0; i < REASONS_MAX && next_entry(&list, parts); i++) {
		const char *type = word(reason_types, parts[0]);

		text_puts(out, "\n    <reason>");
		put_element(out, "type", whole(type != NULL ? type : "other"));
		if (parts[1].len > 0)
			put_element(out, "comment", parts[1]);
		text_puts(out, "</reason>");
	}
}

static bool
is_equal(struct part a, struct part b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* Was result, domain and selector of ${parts} told, among what stands before ${end}? */
static bool
was_told(struct part before, const struct part parts[PARTS_MAX])
{
	struct part other[PARTS_MAX];

	while (next_entry(&before, other)) {
		if (is_equal(other[0], parts[0]) && is_equal(other[1], parts[1]) &&
		    is_equal(other[2], parts[2]))
			return true;
	}
	return false;
}

/* RFC 9990 section 3.1.1.12: selector and domain are required. */
static void
put_signatures(struct text *out, const char *signatures)
{
	struct part list = whole(signatures), parts[PARTS_MAX];

	for (int i = 0; i < SIGNATURES_MAX; i++) {
		struct part before = { signatures, (size_t)(list.at - signatures) };
		const char *result;

		if (!next_entry(&list, parts))
			return;
		result = word(dkim_results, parts[0]);
		if (result == NULL || parts[1].len == 0 || parts[2].len == 0 ||
		    was_told(before, parts))
			continue;
		text_puts(out, "\n   <dkim>");
		put_element(out, "domain", parts[1]);
		put_element(out, "selector", parts[2]);
		put_element(out, "result", whole(result));
		if (parts[3].len > 0)
			put_element(out, "human_result", parts[3]);
		text_puts(out, "</dkim>");
	}
}

/* Scope mfrom also where the HELO name stands in for a null reverse-path: the schema has
 * no other. */
static void
put_spf(struct text *out, const struct report_row *row)
{
	const char *result = word(spf_results, whole(row->spf));

	if (result == NULL || *row->spf_domain == '\0')
		return;
	text_puts(out, "\n   <spf>");
	put_element(out, "domain", whole(row->spf_domain));
	text_puts(out, "<scope>mfrom</scope>");
	put_element(out, "result", whole(result));
	if (*row->spf_reason != '\0')
		put_element(out, "human_result", whole(row->spf_reason));
	text_puts(out, "</spf>");
}

bool
feedback_record(struct text *out, const struct report_row *row)
{
	const char *disposition = word(dispositions, whole(row->disposition));
	char source[IP_TEXT_SIZE];

	if (disposition == NULL || row->count <= 0 || !source_text(row->source, source))
		return false;
	text_printf(out,
	    " <record>\n  <row><source_ip>%s</source_ip><count>%" PRId64 "</count>\n"
	    "   <policy_evaluated><disposition>%s</disposition><dkim>%s</dkim>"
	    "<spf>%s</spf>",
	    source, row->count, disposition, row->dkim_aligned ? "pass" : "fail",
	    row->spf_aligned ? "pass" : "fail");
	put_reasons(out, row->departures);
	text_puts(out, "</policy_evaluated></row>\n  <identifiers>");
	put_element(out, "header_from", whole(row->header_from));
	put_element(out, "envelope_from", whole(row->mail_from));
	text_puts(out, "</identifiers>\n  <auth_results>");
	put_signatures(out, row->signatures);
	put_spf(out, row);
	text_puts(out, "\n  </auth_results>\n </record>\n");
	return true;
}

static void
put_line(struct text *out, const char *name, const char *text)
{
	text_puts(out, "  ");
	put_element(out, name, whole(text));
	text_putc(out, '\n');
}

static void
put_metadata(struct text *out, const struct feedback *f)
{
	text_puts(out, " <report_metadata>\n");
	put_line(out, "org_name", f->org_name);
	put_line(out, "email", f->email);
	if (*f->contact != '\0')
		put_line(out, "extra_contact_info", f->contact);
	put_line(out, "report_id", f->id);
	text_printf(out,
	    "  <date_range><begin>%" PRId64 "</begin><end>%" PRId64
	    "</end></date_range>\n",
	    f->begin, f->end);
	if (*f->error != '\0')
		put_line(out, "error", f->error);
	put_line(out, "generator", "beschermd " PACKAGE_VERSION);
	text_puts(out, " </report_metadata>\n");
}

/* Which failure reports are asked for; "" where fo= is not in the record, or its
 * default. */
static void
put_failure_options(struct text *out, const struct dmarc_record *record)
{
	static const char letters[] = "01ds";
	const bool *asked = record->failure_options;
	struct text options = { 0 };

	for (size_t i = 0; i < sizeof letters - 1; i++) {
		if (asked[i])
			text_printf(
			    &options, "%s%c", options.len > 0 ? ":" : "", letters[i]);
	}
	if (record->has_fo && options.len > 0)
		put_line(out, "fo", options.data);
	text_free(&options);
}

/* What the record does not say has no element: np that is not there means sp. */
static void
put_policy(struct text *out, const struct feedback *f)
{
	const struct dmarc_record *r = f->record;

	text_puts(out, " <policy_published>\n");
	put_line(out, "domain", f->domain);
	put_line(
	    out, "discovery_method", strcmp(f->method, "psl") == 0 ? "psl" : "treewalk");
	put_line(out, "p", evidence_policy_name(r->p));
	if (r->has_sp)
		put_line(out, "sp", evidence_policy_name(r->sp));
	if (r->has_np)
		put_line(out, "np", evidence_policy_name(r->np));
	put_failure_options(out, r);
	put_line(out, "adkim", r->strict_dkim ? "s" : "r");
	put_line(out, "aspf", r->strict_spf ? "s" : "r");
	put_line(out, "testing", r->test_mode ? "y" : "n");
	text_puts(out, " </policy_published>\n");
}

void
feedback_write(struct text *out, const struct feedback *f, const struct text *records)
{
	text_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		       "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n"
		       " <version>1.0</version>\n");
	put_metadata(out, f);
	put_policy(out, f);
	text_put(out, records->data, records->len);
	text_puts(out, "</feedback>\n");
}
