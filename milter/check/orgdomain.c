#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpsl.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/pool.h"
#include "check/dmarc_trace.h"
#include "check/orgdomain.h"
#include "dns/questions.h"
#include "dns/rdata.h"
#include "mail/address.h"
#include "mail/near_record.h"

#define PREFIX "_dmarc."
#define NAME_MAX_OCTETS 253
#define LIST_MAX_OCTETS (16 << 20)

struct orgdomain_list {
	psl_ctx_t *psl;
};

/* psl_load_file() does not say why it fails. */
static bool
is_readable(const char *path, char *why, size_t whysize)
{
	char *text = file_read(path, LIST_MAX_OCTETS, NULL, why, whysize);

	free(text);
	return text != NULL;
}

/*
 * Any text has lines that libpsl takes for suffixes (HTML, a passwd), and its rule for
 * what no line names makes each top-level domain one: so these must stand there.
 */
static bool
is_plausible(const psl_ctx_t *psl)
{
	static const char *const known[] = { "com", "nl", "co.uk" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (psl_is_public_suffix2(
			psl, known[i], PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 0)
			return false;
	}
	return true;
}

struct orgdomain_list *
orgdomain_list_open(const char *path, char *why, size_t whysize)
{
	struct orgdomain_list *list;
	psl_ctx_t *psl;

	if (path != NULL && !is_readable(path, why, whysize))
		return NULL;
	psl = path != NULL ? psl_load_file(path) : psl_latest(NULL);
	/* Minus one: a compiled list, which is not counted. */
	if (psl == NULL || psl_suffix_count(psl) == 0) {
		snprintf(why, whysize, "%s: contains no public suffix",
		    path != NULL ? path : "the system's list");
		psl_free(psl);
		return NULL;
	}
	if (!is_plausible(psl)) {
		snprintf(why, whysize,
		    "%s: not a public suffix list, com, nl and co.uk are not in it",
		    path != NULL ? path : "the system's list");
		psl_free(psl);
		return NULL;
	}
	list = mem_alloc(sizeof *list);
	list->psl = psl;
	return list;
}

void
orgdomain_list_close(struct orgdomain_list *list)
{
	if (list == NULL)
		return;
	psl_free(list->psl);
	free(list);
}

const char *
orgdomain_registrable(const struct orgdomain_list *list, const char *domain)
{
	const char *registrable = psl_registrable_domain(list->psl, domain);

	return registrable != NULL ? registrable : domain;
}

bool
orgdomain_is_public_suffix(const struct orgdomain_list *list, const char *domain)
{
	return psl_is_public_suffix(list->psl, domain) != 0;
}

bool
orgdomain_are_related(const struct orgdomain_list *list, const char *a, const char *b)
{
	const char *upper = strlen(a) < strlen(b) ? a : b;

	if (strchr(upper, '.') == NULL)
		return false;
	if (list == NULL)
		return strcmp(a, b) == 0;
	return (address_is_within(a, b) || address_is_within(b, a)) &&
	       !orgdomain_is_public_suffix(list, upper);
}

bool
orgdomain_are_of_one(const struct orgdomain_list *list, const char *a, const char *b)
{
	const char *owned;

	if (list == NULL || strcmp(a, b) == 0)
		return strcmp(a, b) == 0 && orgdomain_are_related(list, a, b);
	owned = orgdomain_registrable(list, a);
	return strcmp(owned, orgdomain_registrable(list, b)) == 0 &&
	       orgdomain_are_related(list, owned, owned);
}

struct known {
	struct known *next;
	struct orgdomain_entry entry;
};

struct orgdomain_search {
	struct questions *q;
	const struct orgdomain_list *list;
	struct dmarc_trace *trace;
	struct pool *pool;
	struct known *known;
};

struct orgdomain_search *
orgdomain_search_new(struct questions *q, const struct orgdomain_list *list,
    struct dmarc_trace *trace, struct pool *pool)
{
	struct orgdomain_search *s = pool_alloc(pool, sizeof *s);

	*s = (struct orgdomain_search){
		.q = q, .list = list, .trace = trace, .pool = pool
	};
	return s;
}

/* The first of those that look like a record and do not count. */
static void
note_near(struct orgdomain_entry *e, const char *text, size_t len, struct pool *pool)
{
	if (e->near == NULL && near_record_is_dmarc(text, len))
		e->near = pool_printf(pool, "a TXT record that is not a DMARC record: %s",
		    near_record_quote(text, len, pool));
}

/* The one DMARC record among the TXT of ${answer}. */
static void
record_select(
    struct orgdomain_entry *e, const struct dns_answer *answer, struct pool *pool)
{
	size_t len = 0, found = 0;

	for (size_t i = 0; i < answer->count; i++) {
		size_t text_len;
		const char *text = rdata_txt(&answer->records[i], &text_len, pool);

		if (text == NULL) {
			e->found = ORGDOMAIN_ERROR;
			e->reason = "DNS error: malformed TXT";
			return;
		}
		if (!dmarc_record_is(text, text_len)) {
			note_near(e, text, text_len, pool);
			continue;
		}
		found++;
		e->text = text;
		len = text_len;
	}
	/* RFC 9989 section 4.10: several are discarded, all of them. */
	e->several = found > 1;
	if (found != 1) {
		e->text = NULL;
		return;
	}
	e->found = ORGDOMAIN_RECORD;
	e->record = dmarc_record_parse(e->text, len, pool);
}

static void
entry_read(struct orgdomain_entry *e, const struct dns_answer *answer, struct pool *pool)
{
	e->secure = answer->secure;
	e->exists = answer->status == DNS_FOUND || answer->status == DNS_NODATA;
	switch (answer->status) {
	case DNS_FOUND:
		record_select(e, answer, pool);
		return;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		return;
	case DNS_TEMPFAIL:
	case DNS_BOGUS:
		e->found = ORGDOMAIN_ERROR;
		e->secure = false;
		e->reason = answer->reason == NULL
				? "DNS error"
				: pool_printf(pool, "DNS error: %s", answer->reason);
		return;
	}
}

/* For people. */
static const char *
entry_outcome(const struct orgdomain_entry *e)
{
	static const char *const psd[] = {
		[DMARC_PSD_UNKNOWN] = "a record",
		[DMARC_PSD_YES] = "a record with psd=y",
		[DMARC_PSD_NO] = "a record with psd=n",
	};

	if (e->found == ORGDOMAIN_ERROR)
		return e->reason;
	if (e->found == ORGDOMAIN_NONE && e->several)
		return "several records: none counts";
	if (e->found == ORGDOMAIN_NONE)
		return e->near != NULL ? e->near : "no record";
	return e->record.usable ? psd[e->record.psd] : e->record.reason;
}

const char *
orgdomain_ignored(const struct orgdomain_entry *e)
{
	return e->several ? "several DMARC records" : e->near;
}

static const struct orgdomain_entry *
entry_known(const struct orgdomain_search *s, const char *name)
{
	for (const struct known *k = s->known; k != NULL; k = k->next) {
		if (strcmp(k->entry.name, name) == 0)
			return &k->entry;
	}
	return NULL;
}

const struct orgdomain_entry *
orgdomain_at(struct orgdomain_search *s, const char *name, const char *what)
{
	const struct orgdomain_entry *before = entry_known(s, name);
	const char *asked;
	struct known *k;

	if (before != NULL)
		return before;
	k = pool_alloc(s->pool, sizeof *k);
	k->next = s->known;
	s->known = k;
	k->entry.name = name;
	asked = pool_join(s->pool, PREFIX, name, "");
	if (strlen(asked) <= NAME_MAX_OCTETS)
		entry_read(&k->entry, questions_ask(s->q, asked, DNS_TXT), s->pool);
	dmarc_trace_add(s->trace, what, asked, entry_outcome(&k->entry));
	return &k->entry;
}

struct orgdomain_walk
orgdomain_walk(struct orgdomain_search *s, const char *start, const char *what)
{
	const char *names[DMARC_WALK_MAX];
	size_t count = dmarc_record_walk(start, names);
	struct orgdomain_walk walk = { .secure = true };

	for (size_t i = 0; i < count; i++) {
		const struct orgdomain_entry *e = orgdomain_at(s, names[i], what);

		walk.secure = walk.secure && e->secure;
		if (e->found == ORGDOMAIN_ERROR) {
			walk.failed = true;
			return walk;
		}
		if (e->found == ORGDOMAIN_NONE) {
			if (walk.ignored == NULL)
				walk.ignored = orgdomain_ignored(e);
			continue;
		}
		walk.records[walk.count++] = e;
		if (e->record.psd != DMARC_PSD_UNKNOWN)
			return walk;
	}
	return walk;
}

void
orgdomain_prefetch(struct orgdomain_search *s, const char *name, const char *above)
{
	const char *names[DMARC_WALK_MAX];
	size_t count = dmarc_record_walk(name, names);

	if (s->list != NULL)
		return;
	for (size_t i = 0; i < count && strlen(names[i]) > strlen(above); i++) {
		char asked[NAME_MAX_OCTETS + 1];
		struct buf b;

		buf_init(&b, asked, sizeof asked);
		buf_puts(&b, PREFIX);
		buf_puts(&b, names[i]);
		if (!b.cut && entry_known(s, names[i]) == NULL)
			questions_prefetch(s->q, asked, DNS_TXT);
	}
}

/* ${name} cut to one label more than ${above}, which it lies below. */
static const char *
one_label_below(const char *name, const char *above)
{
	const char *at = name + strlen(name) - strlen(above) - 1; /* the dot */

	while (at > name && at[-1] != '.')
		at--;
	return at;
}

const char *
orgdomain_of(struct orgdomain_search *s, const char *name, const char *what)
{
	const struct orgdomain_entry *last;
	struct orgdomain_walk walk;

	if (s->list != NULL)
		return orgdomain_registrable(s->list, name);
	walk = orgdomain_walk(s, name, what);
	if (walk.failed)
		return NULL;
	if (walk.count == 0)
		return name;
	/* psd=y and psd=n end a walk: what they say is said by its last record. */
	last = walk.records[walk.count - 1];
	if (strcmp(last->name, name) == 0)
		return name;
	if (last->record.psd == DMARC_PSD_YES)
		return one_label_below(name, last->name);
	return name + strlen(name) - strlen(last->name);
}

void
orgdomain_library_version(char *text, size_t size)
{
	snprintf(text, size, "%s", psl_get_version());
}
