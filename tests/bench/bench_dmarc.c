/*
 * CPU time of a tree walk and of a whole DMARC check with all answers at hand, and of
 * the same questions alone.  Each ask is through one warm struct questions.
 *	make tests/bench/bench_dmarc && tests/bench/bench_dmarc [rounds]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/pool.h"
#include "check/dmarc_trace.h"
#include "check/orgdomain.h"
#include "dmarc_case.h"
#include "dns/questions.h"
#include "resolver_zone.h"

#define TIMES 20000
#define FROM "news.example.nl"

static const char zone[] =
    "_dmarc.example.nl TXT \"v=DMARC1; p=reject; sp=quarantine; "
    "adkim=r; rua=mailto:dmarc@example.nl\"\n" FROM " A 192.0.2.1\n";

struct warm {
	struct questions *questions;
	struct dmarc_case *message;
};

static void
ask_only(struct warm *w)
{
	static const char *const names[] = { "_dmarc." FROM, "_dmarc.example.nl",
		"_dmarc.nl" };

	for (size_t i = 0; i < 3; i++)
		questions_ask(w->questions, names[i], DNS_TXT);
}

static void
walk(struct warm *w)
{
	struct pool *pool = pool_new();
	struct orgdomain_search *s =
	    orgdomain_search_new(w->questions, NULL, dmarc_trace_new(pool), pool);

	if (strcmp(orgdomain_of(s, FROM, "author"), "example.nl") != 0)
		abort();
	pool_free(pool);
}

/* Its pool is the message's and grows: a share of the cost that a message has, too. */
static void
check(struct warm *w)
{
	static const struct dmarc_options options = { .discovery = DMARC_TREEWALK };

	if (dmarc_case_check(w->message, &options).result != DMARC_PASS)
		abort();
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The best of some rounds: other work only ever adds. */
static double
measure(void (*run)(struct warm *w), struct warm *w, int rounds)
{
	double best = 1e9;

	for (int round = 0; round < rounds; round++) {
		double start = cpu_us(), us;

		for (int i = 0; i < TIMES; i++)
			run(w);
		us = (cpu_us() - start) / TIMES;
		best = us < best ? us : best;
	}
	return best;
}

int
main(int argc, char **argv)
{
	static const struct questions_options options;
	int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 10;
	struct pool *pool = pool_new();
	char why[200];
	struct resolver *r = resolver_zone_new(zone, why, sizeof why);
	struct warm w = { questions_new(r, &options, pool), dmarc_case_new(zone, FROM) };
	double asks, walks, checks;

	dmarc_case_spf(w.message, "fail", FROM);
	dmarc_case_dkim(w.message, "pass", "example.nl");
	asks = measure(ask_only, &w, rounds);
	walks = measure(walk, &w, rounds);
	checks = measure(check, &w, rounds / 5 + 1);
	printf("three questions %.2f us, tree walk %.2f us beside them, "
	       "whole check %.2f us beside them\n",
	    asks, walks - asks, checks - asks);
	dmarc_case_free(w.message);
	questions_free(w.questions);
	pool_free(pool);
	resolver_close(r);
	return 0;
}
