#include "ctl/judge/explain.h"
#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"
#include "policy/verdict.h"

static enum page_colour
colour_of(const struct judged *j)
{
	switch (j->verdict->would) {
	case ACTION_ACCEPT:
		return PAGE_GREEN;
	case ACTION_REJECT:
		return PAGE_RED;
	default:
		return PAGE_YELLOW;
	}
}

void
explain_print(FILE *out, const struct judged *j, bool colour)
{
	struct page p = { out, colour };
	char file[PAGE_QUOTE_SIZE];

	page_line(&p, colour_of(j), "%s: %s", page_quote(j->file, file),
	    explain_verdict_word(j));
	explain_verdict_print(&p, j);
	explain_sender_print(&p, j);
	if (j->ev->exemption == EXEMPT_NO) {
		explain_spf_print(&p, j);
		explain_dkim_print(&p, j);
		explain_dmarc_print(&p, j);
	}
	explain_rule_print(&p, j);
	explain_header_print(&p, j);
	if (j->fact_count > 0)
		explain_dns_print(&p, j);
	explain_advice_print(&p, j);
	fputc('\n', out);
}

void
explain_line(FILE *out, const struct judged *j, bool colour)
{
	struct page p = { out, colour };
	char file[PAGE_QUOTE_SIZE], domain[PAGE_QUOTE_SIZE], reason[PAGE_QUOTE_SIZE];
	const char *from = j->ev->from.domain;

	page_line(&p, colour_of(j), "%-10s %s  %s%s%s", explain_verdict_word(j),
	    page_quote(j->file, file),
	    *from != '\0' ? page_quote(from, domain) : _("(no author domain)"),
	    j->reason != NULL ? ": " : "", reason_of(j, reason));
}
