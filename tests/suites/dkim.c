/*
 * The shared DKIM cases (CONFORMANCE_DIR/dkim/cases.tsv, column "strict"), each with
 * bodies in pieces of several sizes.  One TAP line a case.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/pool.h"
#include "dkim_run.h"
#include "resolver_zone.h"

enum { MESSAGE, ZONE, SCOPE, EXPECT, STRICT, NOW, COLUMNS };

static const size_t pieces[] = { 1, 7, 64, 4096, 65535 };

/* Where we differ on purpose. */
static const struct exception {
	const char *message, *reason;
} exceptions[] = {
	{ "rspamd/dkim_many_sigs.eml",
	    "rspamd looks at 5 signatures, MaximumSignatures is 10: the sixth is good" },
};

static int cases;

static void
report(bool good, const char *name, const char *note)
{
	printf("%sok %d - %s%s%s\n", good ? "" : "not ", ++cases, name,
	    note != NULL ? " # " : "", note != NULL ? note : "");
}

/* Does ${got} match "a|b" or "!a"? */
static bool
matches(const char *want, size_t len, const char *got)
{
	char text[200];
	char *rest = text, *word;

	snprintf(text, sizeof text, "%.*s", (int)len, want);
	if (text[0] == '!')
		return strcmp(text + 1, got) != 0;
	while ((word = strsep(&rest, "|")) != NULL) {
		if (strcmp(word, got) == 0)
			return true;
	}
	return false;
}

/* From best to worst, for the scope "best". */
static const char *
best(const struct dkim_evidence *list, size_t count)
{
	static const enum dkim_result order[] = { DKIM_PASS, DKIM_FAIL, DKIM_TEMPERROR,
		DKIM_POLICY, DKIM_PERMERROR, DKIM_NEUTRAL };

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		for (size_t j = 0; j < count; j++) {
			if (list[j].result == order[i])
				return evidence_dkim_name(order[i]);
		}
	}
	return "none";
}

static bool
each_matches(const char *want, const struct dkim_evidence *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(want, ",");

		if (!matches(want, len, evidence_dkim_name(list[i].result)))
			return false;
		want += len;
		if ((*want == '\0') != (i + 1 == count))
			return false;
		want += *want == ',';
	}
	return true;
}

static bool
is_as_wanted(char *const *row, const struct dkim_evidence *list, size_t count)
{
	const char *want = row[STRICT], *scope = row[SCOPE];

	if (count == 0)
		return matches(want, strlen(want), "none");
	if (strcmp(scope, "sigs") == 0)
		return each_matches(want, list, count);
	if (strcmp(scope, "best") == 0)
		return matches(want, strlen(want), best(list, count));
	return matches(want, strlen(want),
	    evidence_dkim_name(list[strcmp(scope, "first") == 0 ? 0 : count - 1].result));
}

static bool
run_pieces(char *const *row, struct resolver *resolver, const struct dkim_message *m)
{
	struct dkim_lib_options options = { .minimum_key_bits = 1024,
		.maximum_signatures = 10 };
	char why[200];
	struct dkim_lib *lib = dkim_lib_open(&options, why, sizeof why);
	time_t now = strtol(row[NOW], NULL, 10);
	bool good = true;

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct pool *pool = pool_new();
		size_t count;
		const struct dkim_evidence *list = dkim_run(lib, resolver, m,
		    now != 0 ? now : time(NULL), pieces[i], pool, &count);
		bool wanted = is_as_wanted(row, list, count);

		for (size_t j = 0; j < count && !wanted; j++)
			printf("# pieces of %zu: %s: %s\n", pieces[i],
			    evidence_dkim_name(list[j].result),
			    list[j].reason ? list[j].reason : "");
		good = good && wanted;
		pool_free(pool);
	}
	dkim_lib_close(lib);
	return good;
}

static const char *
find_exception(const char *message)
{
	for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++) {
		if (strcmp(exceptions[i].message, message) == 0)
			return exceptions[i].reason;
	}
	return NULL;
}

static char *
read_under(const char *dir, const char *name, size_t *len)
{
	char path[4096], why[4400];
	char *text;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	text = file_read(path, 64 << 20, len, why, sizeof why);
	if (text == NULL)
		printf("# %s\n", why);
	return text;
}

static void
run_case(const char *dir, char *const *row)
{
	size_t len, zone_len;
	char *text = read_under(dir, row[MESSAGE], &len);
	char *zone = read_under(dir, row[ZONE], &zone_len), why[200] = "";
	struct resolver *resolver =
	    zone != NULL ? resolver_zone_new(zone, why, sizeof why) : NULL;
	const char *exception = find_exception(row[MESSAGE]);

	if (text == NULL || resolver == NULL) {
		printf("# %s\n", why);
		report(false, row[MESSAGE], NULL);
	} else {
		struct dkim_message m = dkim_run_parse(text, len);
		bool good = run_pieces(row, resolver, &m);

		/* An exception that no longer is one is to be taken off the list. */
		report(good == (exception == NULL), row[MESSAGE], exception);
		dkim_run_forget(&m);
	}
	resolver_close(resolver);
	free(text);
	free(zone);
}

int
main(void)
{
	const char *conformance = getenv("CONFORMANCE_DIR");
	char dir[4096], *text, *rest, *line;
	size_t len;

	snprintf(dir, sizeof dir, "%s/dkim", conformance != NULL ? conformance : "");
	text = conformance != NULL ? read_under(dir, "cases.tsv", &len) : NULL;
	if (text == NULL) {
		printf("1..0 # SKIP no CONFORMANCE_DIR/dkim/cases.tsv\n");
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *row[COLUMNS] = { NULL };
		int n = 0;

		if (line[0] == '#' || line[0] == '\0')
			continue;
		while (n < COLUMNS && (row[n] = strsep(&line, "\t")) != NULL)
			n++;
		if (n == COLUMNS)
			run_case(dir, row);
		else
			report(false, "a row with too few columns", NULL);
	}
	free(text);
	printf("1..%d\n", cases);
	return 0;
}
