/*
 * The vectors of CONFORMANCE_DIR/dmarc/<any>.jsonl of the kinds "record", "eval" (in
 * each mode that it names), "psl" and "verdict".  SOURCE.txt there says what they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "check/dmarc_list.h"
#include "check/orgdomain.h"
#include "config/config.h"
#include "dmarc_case.h"
#include "json_lines.h"
#include "mail/address.h"
#include "mail/dmarc_record.h"
#include "mail/header.h"
#include "policy/verdict.h"
#include "tap.h"

static struct orgdomain_list *suffixes;

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Is ${got} (NULL: null) what is wanted, or in the list of what may be? */
static bool
is_wanted(const json_t *expect, const char *key, const char *got)
{
	const json_t *want = json_object_get(expect, key);
	size_t count = json_is_array(want) ? json_array_size(want) : 1;

	if (want == NULL)
		return true; /* says nothing of it */
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_is_array(want) ? json_array_get(want, i) : want;

		if (json_is_null(one)
			? got == NULL
			: got != NULL && strcmp(json_string_value(one), got) == 0)
			return true;
	}
	return false;
}

/* The list of URIs joined by ",", "" for none. */
static const char *
joined(const json_t *list, struct pool *pool)
{
	const char *s = "";

	for (size_t i = 0; i < json_array_size(list); i++)
		s = pool_printf(pool, "%s%s%s", s, i > 0 ? "," : "",
		    json_string_value(json_array_get(list, i)));
	return s;
}

static bool
has_uris(const json_t *tags, const char *name, const char *got, struct pool *pool)
{
	const json_t *want = json_object_get(tags, name);

	return want == NULL || strcmp(joined(want, pool), got != NULL ? got : "") == 0;
}

static bool
has_tags(const struct dmarc_record *r, const json_t *tags, struct pool *pool)
{
	static const char *const psd[] = { "u", "y", "n" };

	return is_wanted(tags, "p", evidence_policy_name(r->p)) &&
	       is_wanted(tags, "sp", r->has_sp ? evidence_policy_name(r->sp) : NULL) &&
	       is_wanted(tags, "np", r->has_np ? evidence_policy_name(r->np) : NULL) &&
	       is_wanted(tags, "adkim", r->strict_dkim ? "s" : "r") &&
	       is_wanted(tags, "aspf", r->strict_spf ? "s" : "r") &&
	       is_wanted(tags, "t", r->test_mode ? "y" : "n") &&
	       is_wanted(tags, "psd", psd[r->psd]) &&
	       json_integer_value(json_object_get(tags, "pct")) == r->pct &&
	       has_uris(tags, "rua", r->rua, pool) && has_uris(tags, "ruf", r->ruf, pool);
}

static void
check_record(const json_t *vector, const char *id)
{
	const json_t *expect = json_object_get(vector, "expect");
	const json_t *record = json_object_get(vector, "record");
	bool usable = json_is_true(json_object_get(expect, "usable"));
	struct pool *pool = pool_new();
	struct dmarc_record got = dmarc_record_parse(
	    json_string_value(record), json_string_length(record), pool);

	tap_result(got.usable == usable &&
		       (!usable || has_tags(&got, json_object_get(expect, "tags"), pool)),
	    "%s: %.60s: %s", id, json_string_value(record),
	    got.usable ? "usable" : got.reason);
	pool_free(pool);
}

static void
check_psl(const json_t *vector, const char *id)
{
	const char *text = text_of(vector, "domain");
	struct pool *pool = pool_new();
	const char *domain =
	    text != NULL ? address_domain(text, strlen(text), pool) : NULL;
	const char *want = text_of(vector, "expect"), *got = NULL;

	/* Their expectations have U-labels where the name has them. */
	if (want != NULL)
		want = address_domain(want, strlen(want), pool);
	if (domain != NULL && !orgdomain_is_public_suffix(suffixes, domain))
		got = orgdomain_registrable(suffixes, domain);
	tap_result(want == NULL ? got == NULL : got != NULL && strcmp(got, want) == 0,
	    "%s: %s: %s", id, text != NULL ? text : "null", got != NULL ? got : "none");
	pool_free(pool);
}

/* One TXT of the vector as a line of the zone: a string, or a list of them. */
static const char *
zone_txt(const char *name, const json_t *txt, struct pool *pool)
{
	const char *line = pool_printf(pool, "%s TXT", name);
	size_t count = json_is_array(txt) ? json_array_size(txt) : 1;

	for (size_t i = 0; i < count; i++) {
		const json_t *s = json_is_array(txt) ? json_array_get(txt, i) : txt;

		line = pool_printf(pool, "%s \"", line);
		for (const char *p = json_string_value(s); *p != '\0'; p++)
			line = pool_printf(pool, "%s\\%03u", line, (unsigned char)*p);
		line = pool_printf(pool, "%s\"", line);
	}
	return pool_printf(pool, "%s\n", line);
}

static const char *
zone_of(const json_t *vector, const char *from, struct pool *pool)
{
	json_t *dns = json_object_get(vector, "dns"), *answer;
	const json_t *exists = json_object_get(vector, "author_exists");
	const char *zone = pool_printf(pool, "%s %s\n", from,
	    json_is_string(exists)  ? json_string_value(exists)
	    : json_is_false(exists) ? "NXDOMAIN"
				    : "A 192.0.2.1");
	const char *name;

	json_object_foreach(dns, name, answer)
	{
		if (json_is_string(answer))
			zone = pool_printf(
			    pool, "%s%s %s\n", zone, name, json_string_value(answer));
		for (size_t i = 0; i < json_array_size(answer); i++)
			zone = pool_printf(pool, "%s%s", zone,
			    zone_txt(name, json_array_get(answer, i), pool));
	}
	return zone;
}

static const char *
normal(const char *domain, struct pool *pool)
{
	const char *found = address_domain(domain, strlen(domain), pool);

	return found != NULL ? found : "";
}

static struct dmarc_case *
case_of(const json_t *vector, struct pool *pool)
{
	const json_t *spf = json_object_get(vector, "spf");
	const json_t *dkim = json_object_get(vector, "dkim");
	const char *from = normal(text_of(vector, "from_domain"), pool);
	struct dmarc_case *c = dmarc_case_new(zone_of(vector, from, pool), from);

	dmarc_case_spf(c, text_of(spf, "result"), normal(text_of(spf, "domain"), pool));
	for (size_t i = 0; i < json_array_size(dkim); i++) {
		const json_t *signature = json_array_get(dkim, i);

		dmarc_case_dkim(c, text_of(signature, "result"),
		    normal(text_of(signature, "domain"), pool));
	}
	return c;
}

/* What is done with it, as the vectors name it: no rule of ours on top. */
static const char *
disposition_of(const struct dmarc_evidence *d)
{
	if (d->result == DMARC_TEMPERROR)
		return "tempfail";
	return d->result == DMARC_FAIL ? evidence_policy_name(d->policy) : "none";
}

static const char *
queries_of(const json_t *vector, struct pool *pool)
{
	const json_t *list = json_object_get(vector, "queries");
	const char *s = "";

	for (size_t i = 0; i < json_array_size(list); i++)
		s = pool_printf(pool, "%s%s%s", s, i > 0 ? " " : "",
		    json_string_value(json_array_get(list, i)) + strlen("_dmarc."));
	return s;
}

/* Their names are as typed. */
static bool
is_domain_wanted(const json_t *expect, const char *key, const char *got)
{
	const char *want = text_of(expect, key);

	if (want == NULL)
		return is_wanted(expect, key, got);
	return got != NULL && strcasecmp(want, got) == 0;
}

static void
check_eval(const json_t *vector, const char *id, bool by_list)
{
	const struct dmarc_options options = {
		.discovery = by_list ? DMARC_PSL : DMARC_TREEWALK, .psl = suffixes
	};
	const json_t *expect = json_object_get(vector, "expect");
	struct pool *pool = pool_new();
	struct dmarc_case *c = case_of(vector, pool);
	struct dmarc_evidence d = dmarc_case_check(c, &options);
	bool settled = d.record_domain != NULL && d.policy_known;
	bool ok = is_wanted(expect, "result", evidence_dmarc_name(d.result)) &&
		  is_wanted(expect, "policy",
		      settled ? evidence_policy_name(d.published) : NULL) &&
		  is_domain_wanted(expect, "policy_domain", d.record_domain) &&
		  is_wanted(expect, "disposition", disposition_of(&d)) &&
		  (d.org_domain == NULL ||
		      is_domain_wanted(expect, "org_domain", d.org_domain)) &&
		  !d.judges_differ;

	tap_result(
	    ok, "%s (%s): %s", id, by_list ? "7489" : "9989", dmarc_case_spell(c, &d));
	if (!ok)
		printf("# %s\n", dmarc_case_steps(c, &d));
	if (json_object_get(vector, "queries") != NULL)
		tap_result(strcmp(dmarc_case_names(c), queries_of(vector, pool)) == 0,
		    "%s: asks %s", id, dmarc_case_names(c));
	dmarc_case_free(c);
	pool_free(pool);
}

static struct header_list *
header_of(const json_t *vector, struct pool *pool)
{
	static const struct header_limits limits = { 65536, 100 };
	struct header_list *list = header_list_new(pool, limits, "mx.test", NULL);
	json_t *fields = json_object_get(vector, "headers"), *value;
	const char *name;

	json_object_foreach(fields, name, value)
	    header_list_add(list, name, json_string_value(value));
	return list;
}

static void
check_verdict(const json_t *vector, const char *id)
{
	static const struct dmarc_options options = { .discovery = DMARC_TREEWALK };
	const json_t *expect = json_object_get(vector, "expect");
	struct pool *pool = pool_new();
	struct dmarc_case *c = case_of(vector, pool);
	struct evidence ev = *dmarc_case_evidence(c);
	char why[200];
	struct config *config = config_load(NULL, NULL, NULL, 0, why, sizeof why);
	struct verdict v;

	ev.headers = header_of(vector, pool);
	ev.dmarc = dmarc_case_check(c, &options);
	ev.list = dmarc_list_find(&ev, suffixes, pool);
	v = verdict_decide(config, &ev);
	/* The rules that RFC 9990 has a type for bear its name. */
	tap_result(
	    is_wanted(expect, "result", evidence_dmarc_name(ev.dmarc.result)) &&
		is_wanted(expect, "policy", evidence_policy_name(ev.dmarc.published)) &&
		is_wanted(expect, "action", verdict_action_name(v.action)) &&
		is_wanted(expect, "rule", rule_name(v.rule)) &&
		is_wanted(
		    expect, "override", verdict_is_local(&v) ? rule_name(v.rule) : NULL),
	    "%s: %s by %s", id, verdict_action_name(v.action), rule_name(v.rule));
	config_free(config);
	dmarc_case_free(c);
	pool_free(pool);
}

static void
check(const json_t *vector)
{
	const char *kind = text_of(vector, "kind"), *id = text_of(vector, "id");
	const char *mode = text_of(vector, "mode");

	if (strcmp(kind, "record") == 0)
		check_record(vector, id);
	else if (strcmp(kind, "psl") == 0)
		check_psl(vector, id);
	else if (strcmp(kind, "verdict") == 0)
		check_verdict(vector, id);
	else if (strcmp(kind, "eval") == 0 && strcmp(mode, "7489") != 0)
		check_eval(vector, id, false);
	if (strcmp(kind, "eval") == 0 && strcmp(mode, "9989") != 0)
		check_eval(vector, id, true);
}

int
main(void)
{
	char why[200];

	suffixes = orgdomain_list_open(NULL, why, sizeof why);
	if (suffixes == NULL) {
		printf("Bail out! %s\n", why);
		return 1;
	}
	json_lines_each("dmarc", ".jsonl", check);
	orgdomain_list_close(suffixes);
	return tap_end();
}
