/*
 * CPU time of one SPF evaluation with all answers at hand: check/spf.c, and plain
 * libspf2 on the same record with the same answers.  Both ask through a struct
 * questions of their own for each evaluation, as a message does.
 *	make tests/bench/bench_spf && tests/bench/bench_spf [rounds]
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <spf2/spf.h>

#include "base/buf.h"
#include "base/pool.h"
#include "check/spf.h"
#include "dns/questions.h"
#include "dns/rdata.h"
#include "resolver_zone.h"

#define CLIENT "192.0.2.77"
#define DOMAIN "school.test"
#define EVALUATIONS 5000

static const struct questions_options options;

/* Five includes of ten networks; the client is in the last. */
static struct resolver *
zone(void)
{
	char text[8192], why[200];
	struct resolver *r;
	struct buf b;

	buf_init(&b, text, sizeof text);
	buf_puts(&b, DOMAIN " TXT \"v=spf1 ip4:198.51.100.1");
	for (int i = 1; i <= 5; i++)
		buf_printf(&b, " include:_spf%d.provider.test", i);
	buf_puts(&b, " -all\"\n");
	for (int i = 1; i <= 5; i++) {
		buf_printf(&b, "_spf%d.provider.test TXT \"v=spf1", i);
		for (int k = 1; k <= 8; k++)
			buf_printf(&b, " ip4:203.0.113.%d/29", 8 * k);
		buf_printf(&b, " ip6:2001:db8:%d::/48 %s ?all\"\n", i,
		    i == 5 ? "ip4:192.0.2.64/26" : "ip4:198.51.100.128/25");
	}
	r = resolver_zone_new(text, why, sizeof why);
	if (b.cut || r == NULL)
		abort();
	return r;
}

static void
ours(struct resolver *r)
{
	struct pool *pool = pool_new();
	struct questions *q = questions_new(r, &options, pool);
	struct spf_identity identity = { .helo = "mail." DOMAIN,
		.local = "user",
		.domain = DOMAIN,
		.receiver = "mx.test",
		.void_lookups_max = 2 };

	if (!ip_parse(CLIENT, &identity.client) ||
	    spf_check(q, &identity, pool).result != SPF_PASS)
		abort();
	questions_free(q);
	pool_free(pool);
}

/* What plain libspf2 needs to ask, and no more. */
struct plain {
	SPF_server_t *server;
	SPF_dns_server_t layer;
	struct resolver *resolver;
	struct questions *questions;
	struct pool *pool;
};

static SPF_dns_rr_t *
plain_lookup(SPF_dns_server_t *layer, const char *name, ns_type type, int should_cache)
{
	struct plain *p = layer->hook;
	const struct dns_answer *answer;
	SPF_dns_rr_t *rr;

	(void)should_cache;
	if (type != ns_t_txt)
		return SPF_dns_rr_new_init(layer, name, type, 0, NO_DATA);
	answer = questions_ask(p->questions, name, DNS_TXT);
	rr = SPF_dns_rr_new_init(
	    layer, name, type, 0, answer->status == DNS_FOUND ? NETDB_SUCCESS : NO_DATA);
	for (size_t i = 0; i < answer->count; i++) {
		size_t len;
		const char *text = rdata_txt(&answer->records[i], &len, p->pool);

		if (SPF_dns_rr_buf_realloc(rr, (int)i, len + 1) != SPF_E_SUCCESS)
			abort();
		memcpy(rr->rr[i]->txt, text, len + 1);
		rr->num_rr++;
	}
	return rr;
}

static void
plain(struct plain *p)
{
	SPF_response_t *response = NULL;
	SPF_request_t *request;

	p->pool = pool_new();
	p->questions = questions_new(p->resolver, &options, p->pool);
	request = SPF_request_new(p->server);
	SPF_request_set_ipv4_str(request, CLIENT);
	SPF_request_set_helo_dom(request, "mail." DOMAIN);
	SPF_request_set_env_from(request, "user@" DOMAIN);
	SPF_request_query_mailfrom(request, &response);
	if (SPF_response_result(response) != SPF_RESULT_PASS)
		abort();
	SPF_response_free(response);
	SPF_request_free(request);
	questions_free(p->questions);
	pool_free(p->pool);
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Rounds alternate, and the best of each counts: other work only ever adds. */
int
main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 10;
	struct plain p = { .layer = { .lookup = plain_lookup, .name = "plain" },
		.resolver = zone() };
	double best_ours = 1e9, best_plain = 1e9, start, us;

	p.layer.hook = &p;
	p.server = SPF_server_new_dns(&p.layer, 0);
	for (int round = 0; round < rounds; round++) {
		start = cpu_us();
		for (int i = 0; i < EVALUATIONS; i++)
			ours(p.resolver);
		us = (cpu_us() - start) / EVALUATIONS;
		best_ours = us < best_ours ? us : best_ours;
		start = cpu_us();
		for (int i = 0; i < EVALUATIONS; i++)
			plain(&p);
		us = (cpu_us() - start) / EVALUATIONS;
		best_plain = us < best_plain ? us : best_plain;
	}
	printf("check/spf.c %.1f us, plain libspf2 %.1f us, difference %.1f us\n",
	    best_ours, best_plain, best_ours - best_plain);
	SPF_server_free(p.server);
	resolver_close(p.resolver);
	return 0;
}
