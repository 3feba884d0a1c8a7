#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text.h"
#include "mail/evidence.h"
#include "outcome/metrics.h"
#include "outcome/outcome.h"
#include "policy/verdict.h"

#define SERIES_MAX 150
#define NAME "abcdefghijklmnopqrstuvwxyz_"

/* All that there is: the family, its type, its labels in order, how many series. */
static const struct family {
	const char *name, *type, *labels;
	size_t series;
} families[] = {
	{ "messages_total", "counter", "action", 6 },
	{ "would_total", "counter", "action", 5 },
	{ "rules_total", "counter", "rule", RULE_COUNT },
	{ "dmarc_total", "counter", "result,policy", 20 },
	{ "spf_total", "counter", "result", 7 },
	{ "dkim_total", "counter", "result", 7 },
	{ "wait_seconds", "histogram", NULL, 15 },
	{ "dns_lookups_total", "counter", "", 1 },
	{ "dns_hits_total", "counter", "", 1 },
	{ "dns_sent_total", "counter", "", 1 },
	{ "dns_timeouts_total", "counter", "", 1 },
	{ "dns_bogus_total", "counter", "", 1 },
	{ "dns_refused_total", "counter", "", 1 },
	{ "dns_cache_entries", "gauge", "", 1 },
	{ "dns_cache_bytes", "gauge", "", 1 },
	{ "dns_in_flight", "gauge", "", 1 },
	{ "dns_outage", "gauge", "", 1 },
	{ "dns_validating", "gauge", "", 1 },
	{ "history_rows_total", "counter", "", 1 },
	{ "history_commits_total", "counter", "", 1 },
	{ "history_queue_facts", "gauge", "", 1 },
	{ "history_queue_bytes", "gauge", "", 1 },
	{ "history_size_bytes", "gauge", "", 1 },
	{ "history_commit_seconds_total", "counter", "", 1 },
	{ "history_queue_age_seconds", "gauge", "", 1 },
	{ "history_oldest_seconds", "gauge", "", 1 },
	{ "history_lost_total", "counter", "cause", 2 },
	{ "history_state", "gauge", "state", 2 },
	{ "config_info", "gauge", "version,mode", 1 },
	{ "mode_enforce", "gauge", "", 1 },
	{ "start_time_seconds", "gauge", "", 1 },
	{ "last_message_time_seconds", "gauge", "", 1 },
	{ "overrides", "gauge", "", 1 },
	{ "overrides_expired", "gauge", "", 1 },
	{ "judges_differ_total", "counter", "", 1 },
	{ "prove_messages_total", "counter", "", 1 },
	{ "reloads_total", "counter", "result", 2 },
};

#define FAMILIES (sizeof families / sizeof families[0])

struct fixture {
	struct outcome_counts counts;
	struct metrics_word lost[2], states[2];
	struct metrics_figures figures;
	struct text text;
};

static void
begin(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	f->lost[0] = (struct metrics_word){ "queue", 3 };
	f->lost[1] = (struct metrics_word){ "disk", 0 };
	f->states[0] = (struct metrics_word){ "ok", 1 };
	f->states[1] = (struct metrics_word){ "waiting", 0 };
	f->figures = (struct metrics_figures){ .outcome = &f->counts,
		.history = { .lost = f->lost,
		    .lost_count = 2,
		    .states = f->states,
		    .state_count = 2 },
		.version = "0.1.0",
		.mode = "enforce",
		.enforces = true,
		.start = 1796000000 };
}

static const char *
text_of(struct fixture *f)
{
	text_free(&f->text);
	metrics_text(&f->figures, &f->text);
	return f->text.data;
}

/* Goes over what must stand at *p. */
static void
expect(const char **p, const char *what)
{
	size_t len = strlen(what);

	if (strncmp(*p, what, len) != 0)
		print_message("# %s wanted: %.60s\n", what, *p);
	assert_int_equal(strncmp(*p, what, len), 0);
	*p += len;
}

/* A label of printable ASCII without quotes and backslashes. */
static void
read_label(const char **p, const char *label, size_t len)
{
	assert_int_equal(strspn(*p, NAME), len);
	assert_memory_equal(*p, label, len);
	*p += len;
	expect(p, "=\"");
	len = strspn(*p, NAME "0123456789.+INFinf");
	assert_true(len > 0);
	*p += len;
	expect(p, "\"");
}

static void
read_labels(const char **p, const char *labels)
{
	const char *between = "{";

	while (*labels != '\0') {
		size_t len = strcspn(labels, ",");

		expect(p, between);
		read_label(p, labels, len);
		labels += len + (labels[len] == ',');
		between = ",";
		if (*labels == '\0')
			expect(p, "}");
	}
}

/* A space, digits, perhaps a point and digits, and the end of the line. */
static double
read_value(const char **p)
{
	const char *begin;
	size_t len;

	expect(p, " ");
	begin = *p;
	len = strspn(*p, "0123456789");
	assert_true(len > 0 && len <= 20);
	*p += len;
	if (**p == '.') {
		len = strspn(++*p, "0123456789");
		assert_true(len > 0);
		*p += len;
	}
	expect(p, "\n");
	return strtod(begin, NULL);
}

static void
read_head(const char **p, const struct family *family)
{
	char line[200];
	size_t len;

	snprintf(line, sizeof line, "# HELP beschermd_%s ", family->name);
	expect(p, line);
	len = strcspn(*p, "\n\\");
	assert_true(len > 10 && len < 100 && (*p)[len - 1] == '.');
	*p += len;
	snprintf(
	    line, sizeof line, "\n# TYPE beschermd_%s %s\n", family->name, family->type);
	expect(p, line);
}

/* Buckets that only grow, the last as many as there are in all. */
static void
read_histogram(const char **p, const char *name)
{
	static const char *const ends[] = { "0.005", "0.01", "0.025", "0.05", "0.1",
		"0.25", "0.5", "1", "2.5", "5", "10", "20", "+Inf" };
	char line[200];
	double last = 0, next;

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(
		    line, sizeof line, "beschermd_%s_bucket{le=\"%s\"}", name, ends[i]);
		expect(p, line);
		next = read_value(p);
		assert_true(next >= last);
		last = next;
	}
	snprintf(line, sizeof line, "beschermd_%s_sum", name);
	expect(p, line);
	read_value(p);
	snprintf(line, sizeof line, "beschermd_%s_count", name);
	expect(p, line);
	assert_true(read_value(p) == last);
}

static void
read_family(const char **p, const struct family *family)
{
	const char *before = *p;
	char line[200];

	read_head(p, family);
	if (family->labels == NULL) {
		read_histogram(p, family->name);
		return;
	}
	snprintf(line, sizeof line, "beschermd_%s", family->name);
	for (size_t i = 0; i < family->series; i++) {
		const char *begin = *p;
		size_t len;

		expect(p, line);
		read_labels(p, family->labels);
		len = (size_t)(*p - begin);
		read_value(p);
		/* No series stands there twice. */
		for (const char *q = before; q < begin; q = strchr(q, '\n') + 1)
			assert_false(strncmp(q, begin, len + 1) == 0);
	}
}

/* The whole of it by the grammar: these families in this order, and nothing else. */
static void
check(const char *text)
{
	const char *p = text;
	size_t series = 0;

	for (size_t i = 0; i < FAMILIES; i++) {
		read_family(&p, &families[i]);
		series += families[i].series;
	}
	assert_string_equal(p, "");
	assert_true(series < SERIES_MAX);
}

static void
test_grammar(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	check(text_of(&f));
	text_free(&f.text);
}

/* Whatever the figures are: the same lines, only other numbers. */
static void
test_large(void **state)
{
	struct fixture f;
	uint64_t *number = (uint64_t *)&f.counts;

	(void)state;
	begin(&f);
	for (size_t i = 0; i < offsetof(struct outcome_counts, last) / sizeof *number;
	     i++)
		number[i] = UINT64_MAX / 16;
	f.counts.last = INT64_MAX;
	f.figures.dns = (struct metrics_dns){
		.lookups = UINT64_MAX, .cache_bytes = UINT64_MAX, .outage = true
	};
	f.figures.history.rows = UINT64_MAX;
	f.figures.history.commit_seconds = 1e12;
	f.figures.history.oldest_seconds = -5; /* the clock was set back */
	check(text_of(&f));
	assert_non_null(strstr(f.text.data, "\nbeschermd_dns_outage 1\n"));
	assert_non_null(
	    strstr(f.text.data, "\nbeschermd_history_oldest_seconds 0.000000\n"));
	text_free(&f.text);
}

struct told {
	struct evidence ev;
	struct dkim_evidence dkim[2];
	struct verdict verdict;
};

static void
begin_told(struct told *t)
{
	*t = (struct told){ 0 };
	t->ev.queue_id = "4XyZ1a";
	t->ev.from = (struct from_evidence){ .status = FROM_OK, .domain = "example.nl" };
	t->ev.spf = (struct spf_evidence){ .result = SPF_SOFTFAIL, .domain = "" };
	t->ev.dkim = t->dkim;
	t->ev.dkim_count = 2;
	t->dkim[0].result = DKIM_FAIL;
	t->dkim[1].result = DKIM_TEMPERROR;
	t->ev.dmarc.result = DMARC_FAIL;
	t->ev.dmarc.policy = DMARC_P_REJECT;
	t->ev.received = 1796000123;
	t->ev.wait_ms = 5;
	t->verdict = (struct verdict){ .action = ACTION_ACCEPT,
		.would = ACTION_REJECT,
		.rule = RULE_POLICY_REJECT };
}

static const char *
counted(struct fixture *f, struct outcome *outcome)
{
	f->counts = outcome_counts(outcome);
	return text_of(f);
}

/* Each message counts once in each family that it belongs to. */
static void
test_counted(void **state)
{
	static const char *const wanted[] = {
		"messages_total{action=\"accept\"} 3",
		"messages_total{action=\"exempt\"} 1",
		"messages_total{action=\"reject\"} 0",
		"would_total{action=\"reject\"} 3",
		"would_total{action=\"accept\"} 0",
		"rules_total{rule=\"policy_reject\"} 3",
		"rules_total{rule=\"authenticated\"} 1",
		"dmarc_total{result=\"fail\",policy=\"reject\"} 2",
		"dmarc_total{result=\"none\",policy=\"unknown\"} 1",
		"spf_total{result=\"softfail\"} 3",
		"dkim_total{result=\"temperror\"} 2",
		"dkim_total{result=\"none\"} 1",
		"wait_seconds_bucket{le=\"0.005\"} 1",
		"wait_seconds_bucket{le=\"0.01\"} 2",
		"wait_seconds_bucket{le=\"20\"} 2",
		"wait_seconds_bucket{le=\"+Inf\"} 3",
		"wait_seconds_sum 30.011",
		"last_message_time_seconds 1796000123",
	};
	struct outcome *outcome = outcome_new();
	struct fixture f;
	struct told t;
	const char *text;
	char line[200];

	(void)state;
	log_open("test", LOG_TO_NOWHERE, 0);
	begin(&f);
	begin_told(&t);
	outcome_tell(outcome, &t.ev, &t.verdict);
	t.ev.wait_ms = 6;
	outcome_tell(outcome, &t.ev, &t.verdict);
	t.ev.wait_ms = 30000;
	t.ev.dkim_count = 0;
	t.ev.dmarc.result = DMARC_NONE;
	outcome_tell(outcome, &t.ev, &t.verdict);
	t.ev.exemption = EXEMPT_AUTHENTICATED;
	t.verdict.rule = RULE_AUTHENTICATED;
	outcome_tell(outcome, &t.ev, &t.verdict);
	text = counted(&f, outcome);
	check(text);
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		snprintf(line, sizeof line, "\nbeschermd_%s\n", wanted[i]);
		if (strstr(text, line) == NULL)
			print_message("# %s\n", wanted[i]);
		assert_non_null(strstr(text, line));
	}
	text_free(&f.text);
	outcome_free(outcome);
	log_open("test", LOG_TO_STDERR, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
