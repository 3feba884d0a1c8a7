#include "ctl/audit/ask_single.h"
#include "base/pool.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/transport_record.h"
#include "dns/questions.h"
#include "dns/rdata.h"

struct reader {
	const char *label;
	bool (*is)(const char *text, size_t len);
	const char *(*check)(const char *text, size_t len);
};

static void
ask_single(struct ask *a, const struct reader *r, struct facts_single *s)
{
	const char *name = pool_printf(a->pool, "%s.%s", r->label, a->facts->domain);
	const struct dns_answer *answer = ask_lookup(a, name, DNS_TXT, &s->lookup);
	size_t len;

	for (size_t i = 0; i < answer->count; i++) {
		const char *text = rdata_txt(&answer->records[i], &len, a->pool);

		if (text == NULL || !r->is(text, len))
			continue;
		if (s->count++ > 0)
			continue;
		s->text = text;
		s->wrong = r->check(text, len);
	}
}

/* Where the policy is, if there is a record that says so. */
static void
ask_web(struct ask *a)
{
	struct facts_web *w = &a->facts->sts_web;
	const char *name = pool_printf(a->pool, "mta-sts.%s", a->facts->domain);
	const struct dns_answer *v4, *v6;

	questions_begin(a->q, name, DNS_AAAA);
	v4 = ask_lookup(a, name, DNS_A, &w->a);
	v6 = ask_lookup(a, name, DNS_AAAA, &w->aaaa);
	w->addresses = answer_text_addresses(v4, v6, a->pool, &w->address_count);
}

void
ask_single_all(struct ask *a)
{
	static const struct reader sts = { "_mta-sts", transport_record_is_sts,
		transport_record_check_sts };
	static const struct reader tls_rpt = { "_smtp._tls", transport_record_is_tls_rpt,
		transport_record_check_tls_rpt };

	ask_single(a, &sts, &a->facts->sts);
	ask_single(a, &tls_rpt, &a->facts->tls_rpt);
	if (a->facts->sts.count == 1 && a->facts->sts.wrong == NULL)
		ask_web(a);
}
