#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/ip.h"
#include "base/pool.h"
#include "base/wordlist.h"
#include "check/client_name.h"
#include "dns/questions.h"
#include "dns/rdata.h"
#include "dns/reverse.h"
#include "mail/address.h"

struct names {
	const char *list[CLIENT_NAME_ASKED_MAX];
	size_t count;
};

static bool
is_below(const char *name, const char *parent)
{
	return strcmp(name, parent) != 0 && address_is_within(name, parent);
}

static bool
is_wanted(const char *name, const struct wordlist *parents)
{
	for (size_t i = 0; i < parents->count; i++) {
		if (is_below(name, parents->words[i]))
			return true;
	}
	return false;
}

/* An octet that is no host name's is an escape here, and so no domain. */
static bool
is_host_name(const char *name, struct pool *pool)
{
	const char *domain = address_domain(name, strlen(name), pool);

	return domain != NULL && strcmp(domain, name) == 0;
}

static void
collect(struct names *names, const struct dns_answer *answer,
    const struct wordlist *parents, struct pool *pool)
{
	if (answer->status != DNS_FOUND)
		return;
	for (size_t i = 0; i < answer->count && names->count < CLIENT_NAME_ASKED_MAX;
	     i++) {
		const char *name = rdata_name(&answer->records[i], pool);

		if (name != NULL && is_wanted(name, parents) && is_host_name(name, pool))
			names->list[names->count++] = name;
	}
}

static bool
leads_back(
    struct questions *q, const char *name, const struct ip *client, enum dns_type type)
{
	const struct dns_answer *answer = questions_ask(q, name, type);
	const size_t len = client->family == IP_V4 ? 4 : 16;

	if (answer->status != DNS_FOUND)
		return false;
	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_record *record = &answer->records[i];

		if (record->len == len && memcmp(record->data, client->octets, len) == 0)
			return true;
	}
	return false;
}

const char *
client_name_confirm(struct questions *q, const struct ip *client,
    const struct wordlist *parents, struct pool *pool)
{
	const enum dns_type type = client->family == IP_V4 ? DNS_A : DNS_AAAA;
	char reverse[REVERSE_NAME_SIZE];
	struct names names = { .count = 0 };

	if (client->family != IP_V4 && client->family != IP_V6)
		return "";
	collect(&names, questions_ask(q, reverse_name(client, reverse), DNS_PTR), parents,
	    pool);
	for (size_t i = 0; i < names.count; i++)
		questions_begin(q, names.list[i], type);
	for (size_t p = 0; p < parents->count; p++) {
		for (size_t i = 0; i < names.count; i++) {
			if (is_below(names.list[i], parents->words[p]) &&
			    leads_back(q, names.list[i], client, type))
				return names.list[i];
		}
	}
	return "";
}
