/*
 * The public SPF test suites through spf_check(): one TAP line a case.  convert.py
 * reads their YAML and describes the lines that come here.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "check/spf.h"
#include "dns/questions.h"
#include "mail/address.h"
#include "resolver_zone.h"
#include "tree_count.h"

#define COMMAND                                                 \
	"cd \"$CONFORMANCE_DIR/spf\" && exec /usr/bin/python3 " \
	"\"$srcdir/tests/suites/spf/convert.py\" "              \
	"rfc7208-tests.yml rfc4408-tests.yml test.yml"

struct suite {
	char file[64];
	char *zone; /* text of the scenario so far */
	size_t zone_len;
	struct resolver *resolver; /* made of it at the first case */
	int run, passed, explained, explanations;
	int counts[TREE_COUNT_NOT_ALL + 1]; /* of the tree of an audit */
};

struct test {
	const char *name, *client, *helo, *mail_from, *results, *explanation;
};

static int count, failures;

/* Not a matter of RFC 7208 or 4408: a "default=" modifier in pyspf's own modes. */
static const char *const not_of_the_rfc[] = { "default-modifier",
	"default-modifier-harsh" };

/* Reads \DDD in place. */
static char *
unescape(char *text)
{
	char *out = text;

	for (const char *in = text; *in != '\0'; in++) {
		if (in[0] == '\\') {
			char digits[4] = { in[1], in[2], in[3] };

			*out++ = (char)strtoul(digits, NULL, 10);
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return text;
}

/* MAIL FROM, or postmaster at the HELO name (RFC 7208 section 2.4). */
static struct spf_identity
identity_of(const struct test *test, struct pool *pool)
{
	struct address address = address_reverse_path(test->mail_from, pool);
	struct spf_identity identity = {
		.helo = test->helo,
		.local = address.local,
		.domain = address.domain,
		.receiver = "unknown",
		.now = 1700000000,
		.void_lookups_max = 2,
	};

	if (!ip_parse(test->client, &identity.client))
		abort();
	if (address.null || test->mail_from[0] == '\0') {
		identity.scope = SPF_HELO;
		identity.local = "";
		identity.domain = address_domain(test->helo, strlen(test->helo), pool);
	}
	return identity;
}

/* Is ${result} one of the words between the commas? */
static bool
is_wanted(const char *results, const char *result)
{
	size_t len = strlen(result);

	for (const char *p = results; p != NULL; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, result, len) == 0 && (p[len] == ',' || p[len] == '\0'))
			return true;
	}
	return false;
}

/* "DEFAULT" means the checker's own text: we have none to offer. */
static bool
is_explained(const char *wanted, const char *explanation)
{
	if (wanted[0] == '-')
		return true;
	if (strcmp(wanted, "=DEFAULT") == 0)
		return explanation == NULL;
	return explanation != NULL && strcmp(wanted + 1, explanation) == 0;
}

static bool
is_skipped(const struct suite *suite, const struct test *test)
{
	for (size_t i = 0; i < sizeof not_of_the_rfc / sizeof not_of_the_rfc[0]; i++) {
		if (strcmp(suite->file, "test.yml") == 0 &&
		    strcmp(test->name, not_of_the_rfc[i]) == 0)
			return true;
	}
	return false;
}

static void
show(const struct test *test, const struct spf_evidence *found)
{
	printf("# wanted %s (%s), got %s (%s): %s\n", test->results, test->explanation,
	    evidence_spf_name(found->result),
	    found->explanation != NULL ? found->explanation : "-",
	    found->reason != NULL ? found->reason : "-");
	for (size_t i = 0; i < found->step_count; i++)
		printf("# %d %s %s %s: %s\n", found->steps[i].depth,
		    found->steps[i].domain, found->steps[i].term,
		    found->steps[i].target != NULL ? found->steps[i].target : "",
		    found->steps[i].outcome);
}

static void
run(struct suite *suite, const struct test *test)
{
	struct pool *pool = pool_new();
	struct questions_options options = { 0 };
	struct questions *q = questions_new(suite->resolver, &options, pool);
	struct spf_identity identity = identity_of(test, pool);
	struct spf_evidence found = spf_check(q, &identity, pool);
	bool good = is_wanted(test->results, evidence_spf_name(found.result));
	bool explained = is_explained(test->explanation, found.explanation);

	count++;
	if (is_skipped(suite, test)) {
		printf("ok %d - %s %s # SKIP a mode of pyspf outside the RFC\n", count,
		    suite->file, test->name);
	} else {
		suite->run++;
		suite->passed += good && explained;
		suite->explanations += test->explanation[0] != '-';
		suite->explained += test->explanation[0] != '-' && explained;
		failures += !good || !explained;
		if (!good || !explained)
			show(test, &found);
		printf("%sok %d - %s %s\n", good && explained ? "" : "not ", count,
		    suite->file, test->name);
	}
	if (identity.domain != NULL)
		suite->counts[tree_count_compare(
		    suite->resolver, identity.domain, pool)]++;
	questions_free(q);
	pool_free(pool);
}

/* Both counts are held against each other often enough, and never differ. */
static void
tell_counts(const struct suite *suite)
{
	const int *counts = suite->counts;
	bool good = counts[TREE_COUNT_DIFFERS] == 0 && counts[TREE_COUNT_EQUAL] > 0;

	failures += !good;
	printf("%sok %d - %s: an audit counts lookups as an evaluation does\n",
	    good ? "" : "not ", ++count, suite->file);
	printf("# of %d records %d, where all is walked\n",
	    counts[TREE_COUNT_EQUAL] + counts[TREE_COUNT_NOT_ALL],
	    counts[TREE_COUNT_EQUAL]);
}

static void
end_scenario(struct suite *suite)
{
	resolver_close(suite->resolver);
	suite->resolver = NULL;
	free(suite->zone);
	suite->zone = NULL;
	suite->zone_len = 0;
}

static void
end_file(struct suite *suite)
{
	end_scenario(suite);
	if (suite->run > 0)
		printf("# %s: %d of %d, explanations %d of %d\n", suite->file,
		    suite->passed, suite->run, suite->explained, suite->explanations);
	if (suite->run > 0)
		tell_counts(suite);
	*suite = (struct suite){ 0 };
}

static void
add_zone_line(struct suite *suite, const char *line)
{
	size_t len = strlen(line);

	suite->zone = realloc(suite->zone, suite->zone_len + len + 2);
	if (suite->zone == NULL)
		abort();
	memcpy(suite->zone + suite->zone_len, line, len);
	memcpy(suite->zone + suite->zone_len + len, "\n", 2);
	suite->zone_len += len + 1;
}

/* Six fields between tabs. */
static void
case_line(struct suite *suite, char *line)
{
	char *field[6], why[200];

	for (int i = 0; i < 6; i++) {
		field[i] = strsep(&line, "\t");
		if (field[i] == NULL)
			abort();
		unescape(field[i]);
	}
	if (suite->resolver == NULL)
		suite->resolver = resolver_zone_new(suite->zone, why, sizeof why);
	if (suite->resolver == NULL) {
		printf("not ok %d - zone: %s\n", ++count, why);
		failures++;
		return;
	}
	run(suite,
	    &(struct test){ field[0], field[1], field[2], field[3], field[4], field[5] });
}

int
main(void)
{
	const char *data = getenv("CONFORMANCE_DIR");
	char path[4096], *line = NULL;
	struct suite suite = { 0 };
	size_t size = 0;
	ssize_t len;
	FILE *in;

	snprintf(path, sizeof path, "%s/spf/rfc7208-tests.yml", data ? data : "");
	if (access(path, R_OK) == -1) {
		printf("1..0 # SKIP no %s\n", path);
		return 0;
	}
	in = popen(COMMAND, "r");
	while (in != NULL && (len = getline(&line, &size, in)) > 0) {
		line[len - 1] = '\0';
		if (line[0] == 'F') {
			end_file(&suite);
			snprintf(suite.file, sizeof suite.file, "%s", line + 2);
		} else if (line[0] == 'S') {
			end_scenario(&suite);
		} else if (line[0] == 'Z') {
			add_zone_line(&suite, line + 2);
		} else {
			case_line(&suite, line + 2);
		}
	}
	end_file(&suite);
	free(line);
	if (in == NULL || pclose(in) != 0) {
		printf("not ok %d - convert.py (it needs python3-yaml)\n", ++count);
		failures++;
	}
	printf("1..%d\n", count);
	return failures > 0;
}
