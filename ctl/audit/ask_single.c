#include "ctl/audit/ask_single.h"
#include "base/pool.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/transport_record.h"
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

void
ask_single_all(struct ask *a)
{
	static const struct reader sts = { "_mta-sts", transport_record_is_sts,
		transport_record_check_sts };
	static const struct reader tls_rpt = { "_smtp._tls", transport_record_is_tls_rpt,
		transport_record_check_tls_rpt };

	ask_single(a, &sts, &a->facts->sts);
	ask_single(a, &tls_rpt, &a->facts->tls_rpt);
}
