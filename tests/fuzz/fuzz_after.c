/*
 * The reader sees what the MTA made of a message behind the filter.  Whatever it does to
 * a From field that was accepted, the author stays; and whatever it does to results that
 * were left in, they do not become ours.
 */
#include <stdint.h>
#include <string.h>

#include "base/pool.h"
#include "mail/authres_id.h"
#include "mail/evidence.h"
#include "mail/from_advice.h"
#include "mail/header.h"
#include "mta_model.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUR_ID "mx.nl"

static const struct header_limits limits = { .bytes = 1 << 20, .fields = 10 };

static struct header_list *
one_field(const char *name, const char *value, bool postfix, struct pool *pool)
{
	struct header_list *list = header_list_new(pool, limits, OUR_ID, NULL);

	list->postfix = postfix;
	header_list_add(list, name, value);
	return list;
}

/* What a strict reader says of the field as it was delivered. */
static void
check_author(const char *delivered, const char *domain, struct pool *pool)
{
	struct from_evidence got = header_from_domain(delivered, pool);

	must(got.status == FROM_OK && strcmp(got.domain, domain) == 0);
}

/* Nothing of it is so long that Sendmail cuts or splits it, a mailbox or not. */
static void
check_whole(const char *value, struct pool *pool)
{
	const char *requoted = mta_model_requote(value, pool);

	must(strcmp(mta_model_split(value, pool), value) == 0);
	must(strcmp(mta_model_cut(requoted, pool), requoted) == 0);
}

static void
check_from(const char *name, const char *value, bool postfix, struct pool *pool)
{
	struct from_evidence from =
	    header_author(one_field(name, value, postfix, pool), pool);

	must(from.status == FROM_OK || from.status == FROM_MALFORMED_ONE_DOMAIN ||
	     from_advice(&from) != NULL);
	if (!postfix &&
	    (from.status == FROM_OK || from.status == FROM_MALFORMED_ONE_DOMAIN))
		check_whole(value, pool);
	if (from.status != FROM_OK)
		return;
	check_author(mta_model_complete(value, pool), from.domain, pool);
	check_author(mta_model_route(value, pool), from.domain, pool);
	if (postfix) {
		check_author(
		    mta_model_postfix_break(name, value, pool), from.domain, pool);
		return;
	}
	check_author(mta_model_sendmail_break(name, value, pool), from.domain, pool);
	value = mta_model_requote(value, pool);
	check_author(value, from.domain, pool);
	check_author(mta_model_cut(value, pool), from.domain, pool);
	check_author(mta_model_split(value, pool), from.domain, pool);
}

static void
check_results(const char *name, const char *value, struct pool *pool)
{
	struct header_list *list = one_field(name, value, true, pool);

	if (list->forged_count > 0)
		return;
	must(
	    !authres_id_claims(mta_model_postfix_break(name, value, pool), OUR_ID, NULL));
	must(!authres_id_claims(
	    mta_model_sendmail_break(name, value, pool), OUR_ID, NULL));
}

/* One octet of the input stands for many, so that lines get long enough to break. */
static const char *
stretched(const uint8_t *data, size_t size, struct pool *pool)
{
	char *out = pool_alloc(pool, size * 256 + 1), *p = out;

	for (size_t i = 0; i < size; i++) {
		size_t times = data[i] == 0xff && i + 2 < size ? data[i + 1] : 1;

		if (data[i] == 0xff && i + 2 < size)
			i += 2;
		memset(p, data[i], times);
		p += times;
	}
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	const char *value = stretched(data, size, pool);

	check_from("From", value, true, pool);
	check_from("From", value, false, pool);
	check_results("Authentication-Results", value, pool);
	pool_free(pool);
	return 0;
}
