#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/pool.h"
#include "check/spf_expand.h"
#include "check/spf.h"
#include "check/spf_dns.h"
#include "check/spf_trace.h"
#include "dns/rdata.h"
#include "mail/spf_macro.h"

/* One evaluation makes at most 11 names, each with its forms. */
#define PERSONAL_MAX 48
#define ESCAPED_SIZE 320 /* as spf_eval.c tells them */

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

static void
note_name(struct spf_dns *d, const char *name)
{
	if (name == NULL || d->personal_count == PERSONAL_MAX)
		return;
	if (d->personal == NULL)
		d->personal = pool_alloc(d->pool, PERSONAL_MAX * sizeof *d->personal);
	d->personal[d->personal_count++] = name;
}

static bool
is_noted(const struct spf_dns *d, const char *name)
{
	for (size_t i = 0; i < d->personal_count; i++) {
		if (strcasecmp(d->personal[i], name) == 0)
			return true;
	}
	return false;
}

/* As it is asked for, and as people are told it. */
static void
note_personal(struct spf_dns *d, const char *domain)
{
	char escaped[ESCAPED_SIZE];
	struct buf b;

	buf_init(&b, escaped, sizeof escaped);
	buf_put_escaped(&b, domain);
	note_name(d, domain);
	note_name(d, spf_dns_name(d, domain));
	note_name(d, pool_strdup(d->pool, escaped));
}

/* What stands in a record whose name is personal may be made of that name. */
const char *
spf_expand_domain(struct spf_dns *d, const struct spf_identity *identity,
    const char *domain, const char *spec)
{
	struct spf_macro_facts facts = facts_for(d, identity, domain, spec);
	const char *made = spf_macro_domain(spec, &facts, d->pool);

	if (spf_macro_has_local(spec) || is_noted(d, domain))
		note_personal(d, made);
	return made;
}

const char *
spf_expand_explanation(
    struct spf_dns *d, const struct spf_identity *identity, const struct spf_frame *first)
{
	const struct spf_frame *frame = first;
	const struct dns_answer *answer;
	struct spf_macro_facts facts;
	const char *domain, *text;
	size_t len;

	while (frame->redirect != NULL)
		frame = frame->redirect;
	if (frame->record.exp == NULL)
		return NULL;
	domain = spf_expand_domain(d, identity, frame->domain, frame->record.exp->domain);
	answer = spf_dns_ask(d, spf_dns_name(d, domain), DNS_TXT);
	if (answer->status != DNS_FOUND || answer->count != 1)
		return NULL;
	text = rdata_txt(&answer->records[0], &len, d->pool);
	if (text == NULL || !spf_macro_check(text, len, SPF_MACRO_EXPLANATION))
		return NULL;
	facts = facts_for(d, identity, frame->domain, text);
	return spf_macro_explanation(text, &facts, d->pool);
}
