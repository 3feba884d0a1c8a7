#include <string.h>

#include "base/pool.h"
#include "check/dmarc_trace.h"
#include "check/orgdomain.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/ask_dmarc.h"
#include "ctl/audit/facts.h"
#include "dns/rdata.h"
#include "mail/dmarc_record.h"
#include "mail/report_uri.h"

#define RUA_MAX 10

static enum dmarc_policy
one_level_down(enum dmarc_policy policy)
{
	return policy == DMARC_P_REJECT ? DMARC_P_QUARANTINE : DMARC_P_NONE;
}

/* As the daemon: RFC 9989 section 4.7 (t), and pct=0 as what t has come from. */
static struct facts_policy
in_force(enum dmarc_policy published, const struct dmarc_record *r)
{
	bool lowered = r->test_mode || (r->pct == 0 && !r->has_t);

	return (struct facts_policy){ published,
		lowered ? one_level_down(published) : published };
}

/* Of names below the one that the record stands at. */
static void
take_below(struct facts_dmarc *d, const struct dmarc_record *r)
{
	enum dmarc_policy sp = r->has_sp ? r->sp : r->p;

	d->below = in_force(sp, r);
	d->none = in_force(r->has_np ? r->np : sp, r);
}

/* RFC 9989 section 4.10.1: the organization's record, else the last on the way. */
static const struct orgdomain_entry *
organization_record(
    struct orgdomain_search *s, const struct orgdomain_walk *walk, const char *domain)
{
	const char *org = orgdomain_of(s, domain, "policy");

	for (size_t i = 0; i < walk->count; i++) {
		if (org != NULL && strcmp(walk->records[i]->name, org) == 0)
			return walk->records[i];
	}
	return walk->count > 0 ? walk->records[walk->count - 1] : NULL;
}

static void
take_record(struct ask *a, const struct orgdomain_entry *e, bool is_own)
{
	struct facts_dmarc *d = &a->facts->dmarc;

	d->domain = e->name;
	d->text = answer_text_plain(e->text, a->pool);
	d->record = e->record;
	d->is_usable = e->record.usable;
	d->own = in_force(
	    is_own || !e->record.has_sp ? e->record.p : e->record.sp, &e->record);
}

static void
discover(struct ask *a, struct orgdomain_search *s)
{
	struct facts_dmarc *d = &a->facts->dmarc;
	const struct orgdomain_entry *own = orgdomain_at(s, a->facts->domain, "policy");
	struct orgdomain_walk walk = orgdomain_walk(s, a->facts->domain, "policy");
	const struct orgdomain_entry *org;

	d->several = own->several;
	d->near = own->near;
	d->unknown = walk.failed;
	d->unknown_reason = own->found == ORGDOMAIN_ERROR ? own->reason : NULL;
	if (own->found == ORGDOMAIN_RECORD)
		take_record(a, own, true);
	if (walk.failed)
		return;
	org = organization_record(s, &walk, a->facts->domain);
	if (d->domain == NULL && org != NULL)
		take_record(a, org, false);
	if (org != NULL && org->record.usable)
		take_below(d, &org->record);
}

static void
ask_permission(struct ask *a, struct facts_rua *r)
{
	const char *name =
	    pool_printf(a->pool, "%s._report._dmarc.%s", a->facts->dmarc.domain, r->host);
	const struct dns_answer *answer = ask_lookup(a, name, DNS_TXT, &r->permission);
	size_t len;

	r->permitted = ask_has_failed(&r->permission) ? FACTS_UNKNOWN : FACTS_NO;
	for (size_t i = 0; i < answer->count; i++) {
		const char *text = rdata_txt(&answer->records[i], &len, a->pool);

		/* RFC 9990 section 4: the version alone is enough. */
		if (text != NULL && dmarc_record_is(text, len))
			r->permitted = FACTS_YES;
	}
}

static enum facts_known
has_address(struct ask *a, const char *host)
{
	struct facts_lookup v4, v6;

	ask_lookup(a, host, DNS_A, &v4);
	ask_lookup(a, host, DNS_AAAA, &v6);
	if (v4.status == DNS_FOUND || v6.status == DNS_FOUND)
		return FACTS_YES;
	return ask_has_failed(&v4) || ask_has_failed(&v6) ? FACTS_UNKNOWN : FACTS_NO;
}

/* RFC 5321 section 5.1, RFC 7505: an MX that is no null one, or the host itself. */
static void
ask_mailbox(struct ask *a, struct facts_rua *r)
{
	const struct dns_answer *answer = ask_lookup(a, r->host, DNS_MX, &r->mx);
	const char *host;

	if (ask_has_failed(&r->mx)) {
		r->takes_mail = FACTS_UNKNOWN;
		return;
	}
	if (answer->count == 0) {
		r->takes_mail = has_address(a, r->host);
		return;
	}
	r->takes_mail = FACTS_NO;
	for (size_t i = 0; i < answer->count; i++) {
		host = rdata_mx(&answer->records[i], NULL, a->pool);
		if (host != NULL && strcmp(host, ".") != 0)
			r->takes_mail = FACTS_YES;
	}
}

static void
ask_rua(struct ask *a, struct orgdomain_search *s, struct facts_rua *r)
{
	const char *ours = orgdomain_of(s, a->facts->dmarc.domain, "report");
	const char *theirs = orgdomain_of(s, r->host, "report");

	if (ours == NULL || theirs == NULL)
		r->foreign = FACTS_UNKNOWN;
	else if (strcmp(ours, theirs) != 0)
		r->foreign = FACTS_YES;
	if (r->foreign == FACTS_YES)
		ask_permission(a, r);
	ask_mailbox(a, r);
}

static void
ask_all_rua(struct ask *a, struct orgdomain_search *s)
{
	struct facts *f = a->facts;
	const char *rest = f->dmarc.record.rua_said, *uri;
	struct facts_rua *list = pool_alloc(a->pool, RUA_MAX * sizeof *list);
	size_t len;

	f->rua = list;
	while (rest != NULL && f->rua_count < RUA_MAX &&
	       report_uri_next(&rest, &uri, &len)) {
		const char *address = report_uri_address(uri, len, a->pool);

		if (address != NULL) {
			struct facts_rua *r = &list[f->rua_count++];

			r->uri = pool_strndup(a->pool, uri, len);
			r->host = strrchr(address, '@') + 1;
			ask_rua(a, s, r);
		}
	}
}

void
ask_dmarc(struct ask *a)
{
	struct facts *f = a->facts;
	struct orgdomain_search *s =
	    orgdomain_search_new(a->q, NULL, dmarc_trace_new(a->pool), a->pool);
	const char *name = pool_printf(a->pool, "_dmarc.%s", f->domain);

	discover(a, s);
	if (strlen(name) <= 253)
		ask_lookup(a, name, DNS_TXT, &f->dmarc.lookup);
	if (f->dmarc.domain != NULL && f->dmarc.is_usable)
		ask_all_rua(a, s);
}
