/*
 * PTR records of any octets, as whoever owns an address writes them.  The first octet is
 * the client's family; then come records, each behind an octet with its length.  Whether
 * a name leads back hangs on the name alone.  What comes out is a host name below one of
 * the two parents that leads back, and none is overlooked; ten are asked at most.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/wordlist.h"
#include "check/client_name.h"
#include "dns/questions.h"
#include "mail/address.h"
#include "must.h"
#include "resolver_instant.h"

#define RECORDS_MAX 40
#define NAME_SIZE 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct resolver {
	struct pool *pool;
	struct ip client;
	struct dns_record names[RECORDS_MAX];
	size_t count;
};

static bool
leads_back(const char *name)
{
	return hash_text(HASH_START, name) % 4 == 0;
}

/* The client's; where ${differing} is not 0, another. */
static const struct dns_record *
make_address(const struct resolver *r, uint8_t differing)
{
	struct dns_record *record = pool_alloc(r->pool, sizeof *record);
	uint8_t *octets = pool_alloc(r->pool, sizeof r->client.octets);

	memcpy(octets, r->client.octets, sizeof r->client.octets);
	octets[0] ^= differing;
	record->data = octets;
	record->len = r->client.family == IP_V4 ? 4 : 16;
	return record;
}

struct resolver_lookup *
resolver_start(
    struct resolver *r, const char *name, enum dns_type type, struct resolver_asker asker)
{
	struct resolver_lookup *lookup = pool_alloc(r->pool, sizeof *lookup);
	const uint32_t kind = hash_text(HASH_START, name) % 4;

	(void)asker;
	lookup->answer.status = kind == 2 ? DNS_NXDOMAIN : DNS_TEMPFAIL;
	if (type == DNS_PTR) {
		lookup->answer.status = r->count > 0 ? DNS_FOUND : DNS_NODATA;
		lookup->answer.records = r->names;
		lookup->answer.count = r->count;
	} else if (kind < 2) {
		lookup->answer.status = DNS_FOUND;
		lookup->answer.records = make_address(r, (uint8_t)kind);
		lookup->answer.count = 1;
	}
	must(type == DNS_PTR || type == (r->client.family == IP_V4 ? DNS_A : DNS_AAAA));
	return lookup;
}

static void
read_records(struct resolver *r, const uint8_t *data, size_t size)
{
	size_t at = 1;

	while (at < size && r->count < RECORDS_MAX) {
		size_t len = data[at++];

		if (len > size - at)
			len = size - at;
		r->names[r->count++] =
		    (struct dns_record){ .data = data + at, .len = len };
		at += len;
	}
}

/* A plain host name, read by itself: letters, digits, no two hyphens (A-labels). */
static bool
read_plain(const struct dns_record *record, char text[NAME_SIZE])
{
	size_t at = 0, n = 0;

	while (at < record->len && record->data[at] != 0) {
		size_t label = record->data[at++];

		if (label > 63 || label > record->len - at || n + label + 2 > NAME_SIZE)
			return false;
		if (n > 0)
			text[n++] = '.';
		for (; label > 0; label--, at++) {
			char c = (char)record->data[at];

			if (c >= 'A' && c <= 'Z')
				c = (char)(c - 'A' + 'a');
			if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
				return false;
			text[n++] = c;
		}
	}
	text[n] = '\0';
	return at + 1 == record->len && n <= 253;
}

static bool
ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len > end_len && strcmp(name + len - end_len, end) == 0;
}

static bool
is_wanted(const char *name)
{
	return ends_in(name, ".fwd.example") || ends_in(name, ".other.example");
}

static void
check(const struct resolver *r, const char *name, struct pool *pool)
{
	char plain[NAME_SIZE];

	if (*name != '\0') {
		const char *again = address_domain(name, strlen(name), pool);

		must(again != NULL && strcmp(again, name) == 0);
		must(is_wanted(name) && leads_back(name));
		return;
	}
	for (size_t i = 0; i < r->count && r->count <= CLIENT_NAME_ASKED_MAX; i++) {
		if (read_plain(&r->names[i], plain) && is_wanted(plain))
			must(!leads_back(plain));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct resolver *r = pool_alloc(pool, sizeof *r);
	const struct questions_options options = { 0 };
	struct wordlist parents = { 0 };
	struct questions *q;
	size_t asked;

	wordlist_add(&parents, "fwd.example");
	wordlist_add(&parents, "other.example");
	r->pool = pool;
	ip_parse(size > 0 && data[0] == '6' ? "2001:db8::1" : "192.0.2.1", &r->client);
	read_records(r, data, size);
	q = questions_new(r, &options, pool);
	check(r, client_name_confirm(q, &r->client, &parents, pool), pool);
	questions_list(q, &asked);
	must(asked <= 1 + CLIENT_NAME_ASKED_MAX);
	questions_free(q);
	wordlist_clear(&parents);
	pool_free(pool);
	return 0;
}
