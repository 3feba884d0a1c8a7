#include "ctl/explain_parts.h"
#include "ctl/judged.h"
#include "ctl/page.h"
#include "ctl/reason.h"
#include "ctl/text.h"
#include "dns/questions.h"

static const char *
answer_text(const struct dns_answer *answer)
{
	static const char *const texts[] = {
		[DNS_FOUND] = N_("found"),
		[DNS_NODATA] = N_("nothing of this type"),
		[DNS_NXDOMAIN] = N_("no such name"),
		[DNS_TEMPFAIL] = N_("no answer"),
		[DNS_BOGUS] = N_("forged, says DNSSEC"),
	};

	return _(texts[answer->status]);
}

static void
print_question(const struct page *p, const struct question *q)
{
	const struct dns_answer *answer = q->answer;
	char name[PAGE_QUOTE_SIZE], reason[PAGE_QUOTE_SIZE];

	page_quote(q->name, name);
	if (answer == NULL) {
		page_text(p, 2, _("%s %s: asked early, was not needed"),
		    questions_type_name(q->type), name);
		return;
	}
	page_text(p, 2, "%s %s: %s%s%s, %s, %.1f ms", questions_type_name(q->type), name,
	    answer_text(answer), answer->reason != NULL ? ": " : "",
	    answer->reason != NULL ? reason_quote(answer->reason, reason) : "",
	    answer->secure ? _("secured by DNSSEC") : _("not secured by DNSSEC"),
	    q->took_ms);
}

void
explain_dns_print(const struct page *p, const struct judged *j)
{
	page_heading(p, _("What was asked of DNS"));
	for (size_t i = 0; i < j->question_count; i++)
		print_question(p, &j->questions[i]);
}
