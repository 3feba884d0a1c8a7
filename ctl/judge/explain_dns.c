#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "dns/question_name.h"
#include "dns/questions.h"

static const char *
answer_text(const struct dns_answer *answer, char quoted[PAGE_QUOTE_SIZE])
{
	static const char *const texts[] = {
		[DNS_FOUND] = N_("found"),
		[DNS_NODATA] = N_("nothing of this type"),
		[DNS_NXDOMAIN] = N_("no such name"),
		[DNS_TEMPFAIL] = N_("no answer"),
		[DNS_BOGUS] = N_("forged, says DNSSEC"),
	};

	if (answer->status == DNS_TEMPFAIL && answer->reason != NULL)
		return reason_quote(answer->reason, quoted);
	return _(texts[answer->status]);
}

/* Without an answer there is nothing that DNSSEC could secure. */
static const char *
security_text(const struct dns_answer *answer)
{
	if (answer->status == DNS_TEMPFAIL || answer->status == DNS_BOGUS)
		return "";
	return answer->secure ? _(", secured by DNSSEC") : _(", not secured by DNSSEC");
}

static void
print_question(const struct page *p, const struct question *q)
{
	const struct dns_answer *answer = q->answer;
	char name[PAGE_QUOTE_SIZE], reason[PAGE_QUOTE_SIZE];

	page_quote(q->name, name);
	if (answer == NULL)
		page_text(p, 2, _("%s %s: asked early, was not needed"),
		    question_name_of_type(q->type), name);
	else
		page_text(p, 2, "%s %s: %s%s, %.1f ms", question_name_of_type(q->type),
		    name, answer_text(answer, reason), security_text(answer),
		    judged_took_ms(q));
}

void
explain_dns_print(const struct page *p, const struct judged *j)
{
	page_heading(p, _("What was asked of DNS"));
	for (size_t i = 0; i < j->question_count; i++)
		print_question(p, &j->questions[i]);
}
