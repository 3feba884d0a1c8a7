#include <string.h>

#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"

#define NO_ANSWER "tempfail"
#define FORGED "bogus"

/* The words of question_name_of_status(). */
static const struct {
	const char *status, *text;
} texts[] = {
	{ "found", N_("found") },
	{ "nodata", N_("nothing of this type") },
	{ "nxdomain", N_("no such name") },
	{ NO_ANSWER, N_("no answer") },
	{ FORGED, N_("forged, according to DNSSEC") },
};

static const char *
answer_text(const struct question_fact *q, char quoted[PAGE_QUOTE_SIZE])
{
	if (strcmp(q->status, NO_ANSWER) == 0 && q->reason != NULL)
		return reason_quote(q->reason, quoted);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		if (strcmp(texts[i].status, q->status) == 0)
			return _(texts[i].text);
	}
	return page_quote(q->status, quoted);
}

/* Without an answer there is nothing that DNSSEC could secure. */
static const char *
security_text(const struct question_fact *q)
{
	if (strcmp(q->status, NO_ANSWER) == 0 || strcmp(q->status, FORGED) == 0)
		return "";
	return q->dns_sec == DNS_SEC_YES ? _(", secured by DNSSEC")
					 : _(", not secured by DNSSEC");
}

static void
print_question(const struct page *p, const struct question_fact *q)
{
	char name[PAGE_QUOTE_SIZE], reason[PAGE_QUOTE_SIZE], type[PAGE_QUOTE_SIZE];

	page_quote(q->name, name);
	page_quote(q->type, type);
	if (q->status == NULL)
		page_text(p, 2, _("%s %s: asked early, was not needed"), type, name);
	else
		page_text(p, 2, "%s %s: %s%s, %.1f ms", type, name,
		    answer_text(q, reason), security_text(q), q->ms);
}

void
explain_dns_print(const struct page *p, const struct judged *j)
{
	page_heading(p, _("What was asked of DNS"));
	for (size_t i = 0; i < j->fact_count; i++)
		print_question(p, &j->facts[i]);
}
