/*
 * What remembering costs: bench_history FOLDER [SECONDS] [CASE].
 *
 * The thread of a message: making a fact and handing it in, with a trace and without. The
 * writer: 2000 messages a second for SECONDS, and as many as it can; octets a row.  CASE:
 * the thread of the message alone, "pass", "fail" or "steps", for callgrind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/pool.h"
#include "conf.h"
#include "config/config.h"
#include "history/fact.h"
#include "history/history.h"
#include "mail/evidence.h"
#include "policy/actions.h"
#include "policy/verdict.h"
#include "remember.h"

#define ROUNDS 20000
#define RATE 2000
#define FLAT_OUT 100000

/* A message with two signatures, one from a mailing list, and some steps. */
struct fixture {
	struct config *config;
	struct pool *pool;
	struct evidence ev;
	struct dkim_evidence dkim[2];
	struct spf_step spf_steps[6];
	struct dmarc_step dmarc_steps[4];
	struct question_fact questions[8];
	struct verdict verdict;
	struct actions actions;
	char queue_id[16], from[64];
	struct history *history;
	struct history_settings *settings;
	int rounds;
};

static double
now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
fill_steps(struct fixture *f)
{
	for (size_t i = 0; i < 6; i++)
		f->spf_steps[i] = (struct spf_step){ .depth = 1,
			.domain = "_spf.supplier.example",
			.term = "include:_spf.mailer.example",
			.target = "_spf.mailer.example",
			.outcome = "no match" };
	for (size_t i = 0; i < 4; i++)
		f->dmarc_steps[i] = (struct dmarc_step){ "dkim", "mailer.example",
			"not aligned: another name" };
	for (size_t i = 0; i < 8; i++)
		f->questions[i] = (struct question_fact){ .name = "_spf.mailer.example",
			.type = "TXT",
			.status = "found",
			.dns_sec = DNS_SEC_NO,
			.ms = 1.25 };
	for (size_t i = 0; i < 2; i++)
		f->dkim[i] = (struct dkim_evidence){ .result = DKIM_FAIL,
			.domain = i == 0 ? "supplier.example" : "lists.example",
			.selector = "s2026",
			.algorithm = "rsa-sha256",
			.b_start = "AbCdEfGh",
			.key_bits = 2048,
			.dns_sec = DNS_SEC_NO,
			.reason = "body altered" };
}

static void
prepare(struct fixture *f)
{
	static const char *const names[] = { "Received", "From", "To", "Subject", "Date",
		"Message-ID", "MIME-Version", "Content-Type", "List-Id", "X-Mailer" };
	struct header_list *headers;

	*f = (struct fixture){
		.config = conf_good(""), .pool = pool_new(), .rounds = ROUNDS
	};
	fill_steps(f);
	headers = header_list_new(f->pool,
	    (struct header_limits){ .bytes = 262144, .fields = 1000 }, "mx", NULL);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		header_list_add(headers, names[i], " <news.lists.example>");
	f->ev = (struct evidence){ .queue_id = f->queue_id,
		.mail_from = "<bounce+4711@mailer.supplier.example>",
		.helo = "out-17.mailer.example",
		.received = time(NULL),
		.headers = headers,
		.from = { .status = FROM_OK, .domain = f->from },
		.spf = { .result = SPF_SOFTFAIL,
		    .domain = "mailer.supplier.example",
		    .reason = "the domain probably does not permit this client",
		    .steps = f->spf_steps,
		    .step_count = 6 },
		.dkim = f->dkim,
		.dkim_count = 2,
		.dmarc = { .result = DMARC_FAIL,
		    .policy = DMARC_P_REJECT,
		    .published = DMARC_P_REJECT,
		    .record_domain = f->from,
		    .record = "v=DMARC1; p=reject; rua=mailto:dmarc@supplier.example",
		    .steps = f->dmarc_steps,
		    .step_count = 4 } };
	ip_parse("192.0.2.77", &f->ev.client);
	f->verdict = (struct verdict){ .action = ACTION_REJECT,
		.would = ACTION_REJECT,
		.rule = RULE_POLICY_REJECT };
}

static void
pass(struct fixture *f, bool yes)
{
	f->ev.dmarc.result = yes ? DMARC_PASS : DMARC_FAIL;
	f->ev.spf.result = yes ? SPF_PASS : SPF_SOFTFAIL;
	f->dkim[0].result = yes ? DKIM_PASS : DKIM_FAIL;
	f->dkim[0].reason = yes ? NULL : "body altered";
	f->ev.dkim_count = yes ? 1 : 2;
	f->verdict.action = f->verdict.would = yes ? ACTION_ACCEPT : ACTION_REJECT;
	f->verdict.rule = yes ? RULE_DMARC_PASS : RULE_POLICY_REJECT;
}

/* One of 1000 domains. */
static void
name_message(struct fixture *f, int number)
{
	snprintf(f->queue_id, sizeof f->queue_id, "4X%08d", number);
	snprintf(f->from, sizeof f->from, "d%d.supplier.example", number % 1000);
}

static void
remember(struct fixture *f, int number, bool trace)
{
	struct remember_message m = { .config = f->config,
		.settings = f->settings,
		.ev = &f->ev,
		.verdict = &f->verdict,
		.actions = &f->actions,
		.questions = trace ? f->questions : NULL,
		.question_count = 8 };

	name_message(f, number);
	remember_message(f->history, &m);
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The clock, and what the measurement itself does, in each round. */
static double
measure_nothing(struct fixture *f)
{
	static double us[ROUNDS];

	for (int i = 0; i < f->rounds; i++) {
		double begin = now_us(CLOCK_THREAD_CPUTIME_ID);

		name_message(f, i);
		us[i] = now_us(CLOCK_THREAD_CPUTIME_ID) - begin;
	}
	qsort(us, (size_t)f->rounds, sizeof us[0], by_size);
	return us[f->rounds / 2];
}

static void
measure_thread(struct fixture *f, const char *what, bool trace)
{
	static double us[ROUNDS];
	double nothing = measure_nothing(f);

	for (int i = 0; i < f->rounds; i++) {
		double begin = now_us(CLOCK_THREAD_CPUTIME_ID);

		remember(f, i, trace);
		us[i] = now_us(CLOCK_THREAD_CPUTIME_ID) - begin - nothing;
		/* Not more than the list takes. */
		while (history_counts(f->history).queue_bytes > 8 << 20)
			usleep(1000);
	}
	qsort(us, (size_t)f->rounds, sizeof us[0], by_size);
	printf("%s, CPU: least %.1f us, p50 %.1f us, p99 %.1f us, p99.9 %.1f us\n", what,
	    us[0], us[f->rounds / 2], us[f->rounds * 99 / 100],
	    us[f->rounds * 999 / 1000]);
}

/* Each case, or the one called ${only}. */
static void
measure_threads(struct fixture *f, const char *only)
{
	if (only == NULL || strcmp(only, "pass") == 0) {
		pass(f, true);
		measure_thread(f, "a message that passes", false);
	}
	pass(f, false);
	if (only == NULL || strcmp(only, "fail") == 0)
		measure_thread(f, "one that fails", false);
	if (only == NULL || strcmp(only, "steps") == 0)
		measure_thread(f, "the same with its steps", true);
}

static unsigned long long
lost(struct fixture *f)
{
	struct history_counts counts = history_counts(f->history);
	unsigned long long sum = 0;

	for (size_t i = 0; i < HISTORY_CAUSE_COUNT; i++)
		sum += counts.lost[i];
	return sum;
}

static void
drain(struct fixture *f)
{
	while (history_counts(f->history).queue_facts > 0)
		usleep(10000);
}

static void
measure_rate(struct fixture *f, int seconds)
{
	struct history_counts before = history_counts(f->history), after;
	unsigned long long lost_before = lost(f);
	double begin = now_us(CLOCK_MONOTONIC);
	size_t most = 0;

	for (int i = 0; i < seconds * RATE; i++) {
		double wait = begin + i * (1e6 / RATE) - now_us(CLOCK_MONOTONIC);

		if (wait > 1000)
			usleep((useconds_t)wait);
		remember(f, i, i % 20 == 0);
		if (i % 100 == 0 && history_counts(f->history).queue_facts > most)
			most = history_counts(f->history).queue_facts;
	}
	drain(f);
	after = history_counts(f->history);
	printf("%d/s for %d s: lost %llu, most in the list %zu, a commit %.1f ms\n", RATE,
	    seconds, lost(f) - lost_before, most,
	    (after.commit_seconds - before.commit_seconds) * 1e3 /
		(double)(after.commits - before.commits));
}

/* CPU time of all threads but this one. */
static double
writer_us(void)
{
	return now_us(CLOCK_PROCESS_CPUTIME_ID) - now_us(CLOCK_THREAD_CPUTIME_ID);
}

static void
measure_flat_out(struct fixture *f)
{
	double begin = now_us(CLOCK_MONOTONIC), cpu = writer_us();

	for (int i = 0; i < FLAT_OUT; i++) {
		while (history_counts(f->history).queue_bytes > 8 << 20)
			usleep(100);
		remember(f, i, false);
	}
	drain(f);
	printf("flat out: %.0f rows/s, CPU of the writer %.1f us a row\n",
	    FLAT_OUT / (now_us(CLOCK_MONOTONIC) - begin) * 1e6,
	    (writer_us() - cpu) / FLAT_OUT);
}

int
main(int argc, char **argv)
{
	struct history_options options = { .host = "mx",
		.queue_bytes = 16 << 20,
		.limits = { .ledger = { 30, 7, 400, 1LL << 40 } } };
	struct fixture f;
	struct stat st;
	char path[500], why[200];

	if (argc < 2) {
		fprintf(stderr, "bench_history FOLDER [SECONDS] [pass|fail|steps]\n");
		return 64;
	}
	snprintf(path, sizeof path, "%s/bench-history.db", argv[1]);
	unlink(path);
	options.path = path;
	prepare(&f);
	f.history = history_open(&options, why, sizeof why);
	f.settings = history_settings(f.history, "bench", "");
	if (argc > 3) {
		f.rounds = ROUNDS / 10;
		measure_threads(&f, argv[3]);
		history_stop(f.history, 10000);
		return 0;
	}
	measure_threads(&f, NULL);
	drain(&f);
	measure_rate(&f, argc > 2 ? atoi(argv[2]) : 10);
	history_stop(f.history, 10000);
	stat(path, &st);
	f.history = history_open(&options, why, sizeof why);
	f.settings = history_settings(f.history, "bench", "");
	{
		off_t before = st.st_size;

		pass(&f, true);
		measure_flat_out(&f);
		history_stop(f.history, 10000);
		stat(path, &st);
		printf("octets a row: %.0f\n", (double)(st.st_size - before) / FLAT_OUT);
	}
	if (getenv("KEEP") == NULL)
		unlink(path);
	return 0;
}
