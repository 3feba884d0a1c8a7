/*
 * The vectors of CONFORMANCE_DIR/dmarc/<any>.jsonl of the kinds "from" (who is the
 * author) and "ar" (whose results are these).  SOURCE.txt there says what they are.
 */
#include <stdio.h>
#include <string.h>

#include "authres_reader.h"
#include "base/pool.h"
#include "json_lines.h"
#include "mail/authres_id.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "tap.h"

static void
check_from(const json_t *vector, struct pool *pool)
{
	const json_t *expect = json_object_get(vector, "expect");
	const json_t *domains = json_object_get(expect, "domains");
	const char *verdict = json_string_value(json_object_get(expect, "verdict"));
	const char *id = json_string_value(json_object_get(vector, "id"));
	struct from_evidence got =
	    header_from_domain(json_string_value(json_object_get(vector, "value")), pool);
	bool ok;

	if (strcmp(verdict, "domain") == 0)
		ok = got.status == FROM_OK &&
		     strcmp(got.domain, json_string_value(json_array_get(domains, 0))) ==
			 0;
	else if (strcmp(verdict, "multi") == 0)
		ok = got.status == FROM_SEVERAL_DOMAINS;
	else
		ok = got.status == FROM_MALFORMED;
	tap_result(ok, "%s: %s, is %s %s", id, verdict, evidence_from_name(got.status),
	    got.domain);
}

/* Of README.md, section "ar". */
static bool
is_deviation(const char *id)
{
	return strcmp(id, "mjl-_mox-067") == 0;
}

/* Has the reader found the methods and results that the vector lists? */
static bool
has_results(const struct authres_reading *reading, const json_t *results)
{
	if (reading == NULL || reading->count != json_array_size(results))
		return false;
	for (size_t i = 0; i < reading->count; i++) {
		const json_t *pair = json_array_get(results, i);

		if (strcmp(reading->methods[i].method,
			json_string_value(json_array_get(pair, 0))) != 0 ||
		    strcmp(reading->methods[i].result,
			json_string_value(json_array_get(pair, 1))) != 0)
			return false;
	}
	return true;
}

/*
 * The filter itself asks one thing only: is it ours?  That the reader which judges
 * our own output in the fuzz target agrees with the vector shows that it can judge.
 */
static void
check_ar(const json_t *vector, struct pool *pool)
{
	const json_t *expect = json_object_get(vector, "expect");
	const char *id = json_string_value(json_object_get(vector, "id"));
	const char *value = json_string_value(json_object_get(vector, "value"));
	const char *authserv_id =
	    json_string_value(json_object_get(expect, "authserv_id"));
	const struct authres_reading *reading = authres_reader_read(value, pool);

	tap_result(authres_id_claims(value, authserv_id, NULL) &&
		       !authres_id_claims(value, "mx.beschermd.example", NULL),
	    "%s: from %s and nobody else", id, authserv_id);
	if (is_deviation(id))
		tap_skip(id, "a semicolon with nothing behind it is no RFC 8601");
	else
		tap_result(reading != NULL && strcmp(reading->id, authserv_id) == 0 &&
			       has_results(reading, json_object_get(expect, "results")),
		    "%s: the results listed", id);
}

static void
check(const json_t *vector)
{
	const char *kind = json_string_value(json_object_get(vector, "kind"));
	struct pool *pool = pool_new();

	if (strcmp(kind, "from") == 0)
		check_from(vector, pool);
	else if (strcmp(kind, "ar") == 0)
		check_ar(vector, pool);
	pool_free(pool);
}

int
main(void)
{
	json_lines_each("dmarc", ".jsonl", check);
	return tap_end();
}
