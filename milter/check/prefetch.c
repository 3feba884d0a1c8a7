#include <string.h>

#include "base/buf.h"
#include "base/pool.h"
#include "check/dmarc.h"
#include "check/orgdomain.h"
#include "check/prefetch.h"
#include "dns/questions.h"
#include "dns/rdata.h"
#include "mail/dmarc_record.h"
#include "mail/spf_record.h"

#define MX_MAX 10 /* RFC 7208 section 4.6.4 */
#define PREFIX "_dmarc."

static void on_spf4(struct questions *q, const char *name, enum dns_type type,
    const struct dns_answer *answer);
static void on_spf6(struct questions *q, const char *name, enum dns_type type,
    const struct dns_answer *answer);

static void
follow_hosts(struct questions *q, const struct dns_answer *answer, enum dns_type address)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < answer->count && i < MX_MAX; i++) {
		const char *host = rdata_mx(&answer->records[i], NULL, pool);

		if (host != NULL)
			questions_follow(q, host, address, NULL);
	}
	pool_free(pool);
}

static void
on_mx4(struct questions *q, const char *name, enum dns_type type,
    const struct dns_answer *answer)
{
	(void)name;
	(void)type;
	follow_hosts(q, answer, DNS_A);
}

static void
on_mx6(struct questions *q, const char *name, enum dns_type type,
    const struct dns_answer *answer)
{
	(void)name;
	(void)type;
	follow_hosts(q, answer, DNS_AAAA);
}

/* ptr waits: it asks for the client's name first, which few records want. */
static void
follow_term(struct questions *q, const struct spf_term *term, const char *domain,
    enum dns_type address)
{
	bool v6 = address == DNS_AAAA;

	if (term->domain != NULL && strchr(term->domain, '%') != NULL)
		return;
	if (term->domain != NULL)
		domain = term->domain;
	switch (term->kind) {
	case SPF_TERM_INCLUDE:
	case SPF_TERM_REDIRECT:
		questions_follow(q, domain, DNS_TXT, v6 ? on_spf6 : on_spf4);
		break;
	case SPF_TERM_MX:
		questions_follow(q, domain, DNS_MX, v6 ? on_mx6 : on_mx4);
		break;
	case SPF_TERM_A:
		questions_follow(q, domain, address, NULL);
		break;
	case SPF_TERM_EXISTS:
		questions_follow(q, domain, DNS_A, NULL);
		break;
	default:
		break;
	}
}

/* The one SPF record of an answer; NULL: none or several (RFC 7208 section 4.5). */
static const char *
the_record(const struct dns_answer *answer, size_t *len, struct pool *pool)
{
	const char *found = NULL;

	for (size_t i = 0; i < answer->count; i++) {
		size_t text_len;
		const char *text = rdata_txt(&answer->records[i], &text_len, pool);

		if (text == NULL || !spf_record_is(text, text_len))
			continue;
		if (found != NULL)
			return NULL;
		found = text;
		*len = text_len;
	}
	return found;
}

static void
follow_record(struct questions *q, const char *domain, const struct dns_answer *answer,
    enum dns_type address)
{
	struct pool *pool = pool_new();
	struct spf_record record = { 0 };
	const char *text;
	size_t len = 0;

	text = the_record(answer, &len, pool);
	if (text != NULL)
		record = spf_record_parse(text, len, pool);
	/* What stands behind "all" is never looked at, redirect= included. */
	for (size_t i = 0; record.error == NULL && i < record.count; i++) {
		if (record.terms[i].kind == SPF_TERM_ALL)
			break;
		follow_term(q, &record.terms[i], domain, address);
	}
	pool_free(pool);
}

static void
on_spf4(struct questions *q, const char *name, enum dns_type type,
    const struct dns_answer *answer)
{
	(void)type;
	follow_record(q, name, answer, DNS_A);
}

static void
on_spf6(struct questions *q, const char *name, enum dns_type type,
    const struct dns_answer *answer)
{
	(void)type;
	follow_record(q, name, answer, DNS_AAAA);
}

void
prefetch_spf(struct questions *q, const char *domain, enum ip_family client)
{
	questions_follow(q, domain, DNS_TXT, client == IP_V6 ? on_spf6 : on_spf4);
}

static size_t
dmarc_names(const struct dmarc_options *options, const char *domain,
    const char *names[DMARC_WALK_MAX])
{
	if (options->discovery == DMARC_TREEWALK)
		return dmarc_record_walk(domain, names);
	names[0] = domain;
	names[1] = orgdomain_registrable(options->psl, domain);
	return names[1] == domain ? 1 : 2;
}

void
prefetch_dmarc(
    struct questions *q, const struct dmarc_options *options, const char *domain)
{
	const char *names[DMARC_WALK_MAX];
	size_t count = dmarc_names(options, domain, names);
	char name[sizeof PREFIX + 255];

	for (size_t i = 0; i < count; i++) {
		struct buf b;

		buf_init(&b, name, sizeof name);
		buf_puts(&b, PREFIX);
		buf_puts(&b, names[i]);
		questions_begin(q, name, DNS_TXT);
	}
}
