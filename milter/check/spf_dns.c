#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/netlist.h"
#include "base/pool.h"
#include "check/spf_dns.h"
#include "dns/dname.h"
#include "dns/questions.h"
#include "dns/rdata.h"
#include "dns/reverse.h"
#include "mail/address.h"

/* RFC 7208 section 4.6.4: names of the client beyond these are ignored. */
#define NAMES_MAX 10

const char *
spf_dns_name(const struct spf_dns *d, const char *text)
{
	char escaped[DNAME_TEXT_SIZE], normal[DNAME_TEXT_SIZE];
	struct buf b;

	/* Only \DDD is an escape there; a backslash of ours is an octet like others. */
	buf_init(&b, escaped, sizeof escaped);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			buf_puts(&b, "\\092");
		else
			buf_putc(&b, *text);
	}
	if (b.cut || !dname_normal(escaped, normal))
		return NULL;
	return pool_strdup(d->pool, normal);
}

const char *
spf_dns_told(const struct spf_dns *d, const char *name, const char *text)
{
	char escaped[320];
	struct buf b;

	if (name != NULL)
		return name;
	buf_init(&b, escaped, sizeof escaped);
	buf_put_escaped(&b, text);
	return pool_strdup(d->pool, escaped);
}

const struct dns_answer *
spf_dns_ask(struct spf_dns *d, const char *name, enum dns_type type)
{
	static const struct dns_answer nothing = { .status = DNS_NXDOMAIN };
	const struct dns_answer *answer;

	if (name == NULL)
		return &nothing;
	answer = questions_ask(d->questions, name, type);
	if (!answer->secure)
		d->sec = DNS_SEC_NO;
	else if (d->sec == DNS_SEC_UNASKED)
		d->sec = DNS_SEC_YES;
	return answer;
}

bool
spf_dns_has_failed(const struct dns_answer *answer)
{
	return answer->status == DNS_TEMPFAIL || answer->status == DNS_BOGUS;
}

const struct dns_record *
spf_dns_address(const struct spf_dns *d, const struct dns_answer *answer, unsigned prefix,
    bool *covers)
{
	struct network network = { .ip.family = d->client.family, .prefix = prefix };
	size_t len = d->client.family == IP_V4 ? 4 : 16;
	const struct dns_record *first = NULL;

	*covers = false;
	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_record *record = &answer->records[i];

		if (record->len != len)
			continue;
		memcpy(network.ip.octets, record->data, len);
		*covers = netlist_covers(&network, &d->client);
		if (*covers)
			return record;
		if (first == NULL)
			first = record;
	}
	return first;
}

const struct dns_answer *
spf_dns_names(struct spf_dns *d)
{
	char name[REVERSE_NAME_SIZE];

	return spf_dns_ask(d, reverse_name(&d->client, name), DNS_PTR);
}

/* RFC 7208 section 5.5: does the name lead back to the client? */
static bool
leads_back(struct spf_dns *d, const char *name)
{
	bool v4 = d->client.family == IP_V4, covers;
	const struct dns_answer *answer = spf_dns_ask(d, name, v4 ? DNS_A : DNS_AAAA);

	spf_dns_address(d, answer, v4 ? 32 : 128, &covers);
	return covers;
}

bool
spf_dns_is_below(struct spf_dns *d, const struct dns_answer *names, const char *domain)
{
	const char *parent = spf_dns_name(d, domain);

	for (size_t i = 0; parent != NULL && i < names->count && i < NAMES_MAX; i++) {
		const char *name = rdata_name(&names->records[i], d->pool);

		if (name != NULL && address_is_within(name, parent) &&
		    leads_back(d, name))
			return true;
	}
	return false;
}

/* How well a name does for %{p} (RFC 7208 section 7.3). */
static int
rank(const char *name, const char *domain)
{
	if (domain == NULL || !address_is_within(name, domain))
		return 1;
	return strcmp(name, domain) == 0 ? 3 : 2;
}

const char *
spf_dns_validated(struct spf_dns *d, const char *domain)
{
	const struct dns_answer *names = spf_dns_names(d);
	const char *normal = spf_dns_name(d, domain), *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < names->count && i < NAMES_MAX; i++) {
		const char *name = rdata_name(&names->records[i], d->pool);

		if (name == NULL || rank(name, normal) <= best_rank ||
		    !leads_back(d, name))
			continue;
		best = name;
		best_rank = rank(name, normal);
	}
	return best;
}
