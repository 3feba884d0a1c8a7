#include "check/spf_expand.h"
#include "check/spf.h"
#include "check/spf_dns.h"
#include "check/spf_trace.h"
#include "dns/rdata.h"
#include "mail/spf_macro.h"

static struct spf_macro_facts
facts_for(struct spf_dns *d, const struct spf_identity *identity, const char *domain,
    const char *text)
{
	struct spf_macro_facts facts = {
		.local = identity->local,
		.sender_domain = identity->domain,
		.domain = domain,
		.helo = identity->helo,
		.receiver = identity->receiver,
		.client = identity->client,
		.now = identity->now,
	};

	/* RFC 7208 sections 4.3 and 7.3 */
	if (facts.local[0] == '\0')
		facts.local = "postmaster";
	if (facts.receiver == NULL || facts.receiver[0] == '\0')
		facts.receiver = "unknown";
	if (spf_macro_has_validated(text))
		facts.validated = spf_dns_validated(d, domain);
	return facts;
}

const char *
spf_expand_domain(struct spf_dns *d, const struct spf_identity *identity,
    const char *domain, const char *spec)
{
	struct spf_macro_facts facts = facts_for(d, identity, domain, spec);

	return spf_macro_domain(spec, &facts, d->pool);
}

const char *
spf_expand_explanation(struct spf_dns *d, const struct spf_identity *identity,
    const struct spf_frame *first, const char **local_name)
{
	const struct spf_frame *frame = first;
	const struct dns_answer *answer;
	struct spf_macro_facts facts;
	const char *domain, *text, *name;
	size_t len;

	while (frame->redirect != NULL)
		frame = frame->redirect;
	if (frame->record.exp == NULL)
		return NULL;
	domain = spf_expand_domain(d, identity, frame->domain, frame->record.exp->domain);
	name = spf_dns_name(d, domain);
	if (spf_trace_holds_local(frame, frame->record.exp))
		*local_name = name;
	answer = spf_dns_ask(d, name, DNS_TXT);
	if (answer->status != DNS_FOUND || answer->count != 1)
		return NULL;
	text = rdata_txt(&answer->records[0], &len, d->pool);
	if (text == NULL || !spf_macro_check(text, len, SPF_MACRO_EXPLANATION))
		return NULL;
	facts = facts_for(d, identity, frame->domain, text);
	return spf_macro_explanation(text, &facts, d->pool);
}
