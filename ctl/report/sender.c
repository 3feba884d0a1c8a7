#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "check/dmarc_trace.h"
#include "check/orgdomain.h"
#include "config/config.h"
#include "ctl/report/sender.h"
#include "ctl/text.h"
#include "dns/questions.h"
#include "dns/rdata.h"
#include "parts.h"

#define SPF_RECORD "v=spf1"

/* RFC 9989 section 4.10.1 and, by the list, RFC 7489 section 6.6.3. */
static const struct orgdomain_entry *
applying(struct orgdomain_search *search, const char *domain, const char *org)
{
	const struct orgdomain_entry *own = orgdomain_at(search, domain, "sender"),
				     *above;
	struct orgdomain_walk walk;

	if (own->found != ORGDOMAIN_NONE)
		return own;
	above = orgdomain_at(search, org, "sender");
	if (above->found != ORGDOMAIN_NONE)
		return above;
	walk = orgdomain_walk(search, domain, "sender");
	return walk.count > 0 ? walk.records[walk.count - 1] : NULL;
}

static void
look_at_policy(struct sender *s, struct orgdomain_search *search, const char *submitter)
{
	const char *org = orgdomain_of(search, s->domain, "sender");
	const struct orgdomain_entry *e;

	if (org == NULL) {
		s->trouble = "DNS error";
		return;
	}
	s->submitter = *submitter != '\0' ? submitter : org;
	e = applying(search, s->domain, org);
	if (e != NULL && e->found == ORGDOMAIN_ERROR)
		s->trouble = e->reason;
	if (e == NULL || e->found != ORGDOMAIN_RECORD || !e->record.usable)
		return;
	s->policy_name = e->name;
	s->policy = e->text;
	s->asks_reports = e->record.rua_said != NULL;
}

static bool
is_failed(const struct dns_answer *answer)
{
	return answer->status == DNS_TEMPFAIL || answer->status == DNS_BOGUS;
}

static bool
is_spf(const char *text, size_t len)
{
	const size_t version = sizeof SPF_RECORD - 1;

	return len >= version && strncasecmp(text, SPF_RECORD, version) == 0 &&
	       (len == version || text[version] == ' ');
}

static void
look_at_spf(struct sender *s, struct questions *q, struct pool *pool)
{
	const struct dns_answer *answer = questions_ask(q, s->domain, DNS_TXT);

	if (is_failed(answer))
		s->trouble = answer->reason != NULL ? answer->reason : "DNS error";
	for (size_t i = 0; i < answer->count; i++) {
		size_t len;
		const char *text = rdata_txt(&answer->records[i], &len, pool);

		s->has_spf |= text != NULL && is_spf(text, len);
	}
}

static void
look_at_mx(struct sender *s, struct questions *q)
{
	static const enum dns_type types[] = { DNS_MX, DNS_A, DNS_AAAA };

	for (size_t i = 0; i < sizeof types / sizeof types[0] && !s->takes_mail; i++)
		s->takes_mail = questions_ask(q, s->domain, types[i])->count > 0;
}

struct sender
sender_look(const struct parts *parts, const struct config *config, struct pool *pool)
{
	const struct questions_options options = { 0 };
	struct questions *q = questions_new(parts->resolver, &options, pool);
	struct orgdomain_search *search = orgdomain_search_new(q,
	    parts->dmarc.discovery == DMARC_PSL ? parts->dmarc.psl : NULL,
	    dmarc_trace_new(pool), pool);
	struct sender s = {
		.address = pool_strdup(pool, config->report_from),
		.contact = config->report_contact,
	};

	s.domain = strrchr(s.address, '@') + 1;
	s.submitter = s.domain;
	questions_deadline(q, config->dns_timeout_ms);
	look_at_policy(&s, search, config->report_submitter);
	look_at_spf(&s, q, pool);
	look_at_mx(&s, q);
	s.name = *config->report_name != '\0' ? config->report_name : s.submitter;
	questions_free(q);
	return s;
}

bool
sender_is_ready(const struct sender *s)
{
	return s->trouble == NULL && s->policy_name != NULL && !s->asks_reports &&
	       s->has_spf;
}

void
sender_advise(const struct sender *s)
{
	printf(_("Publish at %s, a domain of its own for reports:\n"), s->domain);
	printf("  %s. IN TXT \"v=spf1 a:HOST -all\"\n", s->domain);
	printf("  _dmarc.%s. IN TXT \"v=DMARC1; p=reject\"\n", s->domain);
	printf("  %s. IN MX 10 HOST.\n", s->domain);
	puts(_("with the name of your outgoing mail server for HOST, and without rua=."));
}
