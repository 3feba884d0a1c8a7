#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "check/dmarc_trace.h"
#include "check/orgdomain.h"
#include "config/config.h"
#include "ctl/report/destination.h"
#include "ctl/report/exclusion.h"
#include "dns/questions.h"
#include "dns/rdata.h"
#include "mail/dmarc_record.h"
#include "mail/report_uri.h"
#include "parts.h"

/* One policy domain's questions: its own record and the way up, and so for five hosts. */
#define QUESTIONS_MAX 60
#define NAME_MAX_OCTETS 253
/* A record has 16384 octets at most, an answer of DNS 65535. */
#define LIST_MAX 4096

struct finding {
	const struct destination_asker *asker;
	struct pool *pool;
	struct questions *q;
	struct orgdomain_search *search;
	const char *domain;
	struct destinations found;
	bool waiting;
};

static void
put(struct finding *f, const char *address, const char *word)
{
	if (f->found.count < LIST_MAX)
		f->found.list[f->found.count++] =
		    (struct destination){ .address = address, .word = word };
	f->found.to += word == NULL;
}

static bool
is_known(const struct finding *f, const char *address)
{
	for (size_t i = 0; i < f->found.count; i++) {
		if (strcmp(f->found.list[i].address, address) == 0)
			return true;
	}
	return false;
}

static const char *
host_of(const char *address)
{
	return strrchr(address, '@') + 1;
}

/* For all that is known already, without a question to anybody. */
static const char *
barred(const struct finding *f, const char *address)
{
	const struct destination_asker *a = f->asker;

	if (exclusion_has_address(a->config, address) ||
	    a->is_suppressed(address, a->cookie))
		return "suppressed";
	return f->found.to >= DESTINATION_MAX ? "cap" : NULL;
}

static void
put_waiting(struct finding *f, const char *address)
{
	f->waiting = true;
	put(f, address, "waiting");
}

static void
accept(struct finding *f, const char *address)
{
	if (!is_known(f, address))
		put(f, address, barred(f, address));
}

/* Of a consent: which other addresses of ${host} get the reports. */
struct override {
	bool consents;
	const char *addresses[LIST_MAX];
	size_t count;
	bool said, foreign; /* it has a rua; one that leads elsewhere */
};

/* RFC 9990 section 4: only to the same host, or consent of one would be that of all. */
static void
take_override(struct finding *f, struct override *o, const char *host, const char *rua)
{
	const char *uri;
	size_t len;

	o->said = true;
	while (report_uri_next(&rua, &uri, &len) && o->count < LIST_MAX) {
		const char *address = report_uri_address(uri, len, f->pool);

		if (address == NULL)
			continue;
		o->foreign |= strcmp(host_of(address), host) != 0;
		o->addresses[o->count++] = address;
	}
}

static void
take_consent(struct finding *f, struct override *o, const char *host,
    const struct dns_record *record)
{
	size_t len;
	const char *text = rdata_txt(record, &len, f->pool);
	struct dmarc_record r;

	if (text == NULL || !dmarc_record_is(text, len))
		return;
	o->consents = true;
	r = dmarc_record_parse(text, len, f->pool);
	if (r.rua_said != NULL)
		take_override(f, o, host, r.rua_said);
}

static void
take_answer(struct finding *f, const char *address, const struct dns_answer *answer)
{
	struct override *o = pool_alloc(f->pool, sizeof *o);

	for (size_t i = 0; i < answer->count; i++)
		take_consent(f, o, host_of(address), &answer->records[i]);
	if (!o->consents)
		put(f, address, "no_consent");
	else if (o->foreign)
		put(f, address, "foreign_override");
	else if (!o->said)
		accept(f, address);
	else if (o->count == 0)
		put(f, address, "malformed");
	for (size_t i = 0; i < o->count && !o->foreign; i++)
		accept(f, o->addresses[i]);
}

/* Does ${address}, of another organization, want reports about ${f}'s domain? */
static void
ask_consent(struct finding *f, const char *address)
{
	const char *name =
	    pool_printf(f->pool, "%s._report._dmarc.%s", f->domain, host_of(address));
	const struct dns_answer *answer;

	if (strlen(name) > NAME_MAX_OCTETS) {
		put(f, address, "no_consent");
		return;
	}
	answer = questions_ask(f->q, name, DNS_TXT);
	if (answer->status != DNS_TEMPFAIL && answer->status != DNS_BOGUS)
		take_answer(f, address, answer);
	else if (f->asker->last_try)
		put(f, address, "no_consent");
	else
		put_waiting(f, address);
}

static void
consider(struct finding *f, const char *uri, size_t len)
{
	const char *address = report_uri_address(uri, len, f->pool);
	const char *word, *ours, *theirs;

	if (address == NULL) {
		put(f, pool_strndup(f->pool, uri, len), "malformed");
		return;
	}
	if (is_known(f, address))
		return;
	word = barred(f, address);
	if (word != NULL) {
		put(f, address, word);
		return;
	}
	ours = orgdomain_of(f->search, f->domain, "report");
	theirs = ours == NULL ? NULL
			      : orgdomain_of(f->search,
				    pool_strdup(f->pool, host_of(address)), "report");
	if (theirs == NULL)
		put_waiting(f, address);
	else if (strcmp(ours, theirs) == 0)
		accept(f, address);
	else
		ask_consent(f, address);
}

static void
consider_all(struct finding *f, const char *rua)
{
	const char *uri;
	size_t len;

	f->found.list = pool_alloc(f->pool, LIST_MAX * sizeof *f->found.list);
	while (report_uri_next(&rua, &uri, &len) && f->found.count < LIST_MAX)
		consider(f, uri, len);
	if (f->found.to == 0)
		f->found.reason = f->waiting ? "waiting" : "no_destination";
}

/* What it says now goes, and not what it said when mail was judged: consent may be gone.
 */
static void
find(struct finding *f)
{
	const struct orgdomain_entry *e = orgdomain_at(f->search, f->domain, "report");

	if (e->found == ORGDOMAIN_ERROR)
		f->found.reason = "waiting";
	else if (e->found == ORGDOMAIN_NONE || e->record.rua_said == NULL)
		f->found.reason = "withdrawn";
	else if (e->record.psd == DMARC_PSD_YES &&
		 !exclusion_is_named(f->asker->config, f->domain))
		f->found.reason = "public_suffix";
	else
		consider_all(f, e->record.rua_said);
}

struct destinations
destination_find(
    const struct destination_asker *asker, const char *domain, struct pool *pool)
{
	const struct parts *parts = asker->parts;
	const struct questions_options options = { .asked_max = QUESTIONS_MAX };
	struct finding f = { .asker = asker, .pool = pool, .domain = domain };

	f.q = questions_new(parts->resolver, &options, pool);
	questions_deadline(f.q, asker->config->dns_timeout_ms);
	f.search = orgdomain_search_new(f.q,
	    parts->dmarc.discovery == DMARC_PSL ? parts->dmarc.psl : NULL,
	    dmarc_trace_new(pool), pool);
	find(&f);
	questions_free(f.q);
	return f.found;
}
