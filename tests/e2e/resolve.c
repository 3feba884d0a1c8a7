/*
 * The resolver on a command line, for test-dns: options, then commands on standard
 * input (see ${commands}), one answer a line on standard output.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "dns/question_name.h"
#include "dns/questions.h"
#include "dns/resolver.h"

#define STARTED_MAX 4096

struct asked {
	char name[300];
	enum dns_type type;
	struct resolver_lookup *lookup;
};

static enum dns_type
type_of(const char *name)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_CNAME, DNS_MX,
		DNS_PTR, DNS_TXT };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strcmp(question_name_of_type(types[i]), name) == 0)
			return types[i];
	}
	return DNS_TXT;
}

static void
print_answer(const struct asked *asked, int ms)
{
	struct timespec until = deadline_in(ms);
	const struct dns_answer *answer = lookup_wait(asked->lookup, &until);
	size_t octets = 0;

	for (size_t i = 0; i < answer->count; i++)
		octets += answer->records[i].len;
	printf("%s %s secure=%d ttl=%u count=%zu octets=%zu reason=%s\n", asked->name,
	    question_name_of_status(answer->status), answer->secure, answer->ttl,
	    answer->count, octets, answer->reason != NULL ? answer->reason : "");
}

static void
print_stats(struct resolver *r)
{
	struct resolver_stats s = resolver_stats(r);

	printf("lookups=%lu hits=%lu sent=%lu timeouts=%lu bogus=%lu refused=%lu "
	       "entries=%zu bytes=%zu in_flight=%zu\n",
	    s.lookups, s.hits, s.sent, s.timeouts, s.bogus, s.refused, s.entries, s.bytes,
	    s.in_flight);
}

/*
 * start NAME TYPE [NETWORK]	begin, if there is a place
 * wait MS		one line for each begun, in order, and "done"
 * mode			is DNSSEC in force, and why
 * stats
 */
static void
command(struct resolver *r, const char *line, struct asked *asked, size_t *count)
{
	struct asked *next = &asked[*count];
	const char *why;
	struct resolver_asker asker = { 0 };
	char type[10];
	int ms;

	if (*count < STARTED_MAX && sscanf(line, "start %299s %9s %" SCNu64, next->name,
					type, &asker.network) >= 2) {
		next->type = type_of(type);
		next->lookup =
		    resolver_start_waiting(r, next->name, next->type, asker, 0);
		++*count;
	} else if (sscanf(line, "wait %d", &ms) == 1) {
		for (size_t i = 0; i < *count; i++) {
			print_answer(&asked[i], ms);
			lookup_drop(asked[i].lookup);
		}
		*count = 0;
		puts("done");
	} else if (strncmp(line, "mode", 4) == 0) {
		printf("%s: ", resolver_validates(r, &why) ? "validating" : "plain");
		puts(why);
	} else if (strncmp(line, "stats", 5) == 0) {
		print_stats(r);
	} else {
		puts("?");
	}
	fflush(stdout);
}

static enum resolver_dnssec
dnssec_of(const char *name)
{
	if (strcmp(name, "auto") == 0)
		return RESOLVER_DNSSEC_AUTO;
	return strcmp(name, "require") == 0 ? RESOLVER_DNSSEC_REQUIRE
					    : RESOLVER_DNSSEC_OFF;
}

static struct resolver_options
options_read(int argc, char **argv, const char **nameservers)
{
	struct resolver_options o = { .nameservers = nameservers };
	int opt;

	while ((opt = getopt(argc, argv, "n:z:d:a:t:r:f:")) != -1) {
		switch (opt) {
		case 'n':
			nameservers[o.nameserver_count++] = optarg;
			break;
		case 'z':
			o.zone_file = optarg;
			break;
		case 'd':
			o.dnssec = dnssec_of(optarg);
			break;
		case 'a':
			o.trust_anchor_file = optarg;
			break;
		case 't':
			o.lookup_timeout_ms = atoi(optarg);
			break;
		case 'r':
			o.dnssec_retry_ms = atoi(optarg);
			break;
		case 'f':
			o.in_flight_max = (size_t)atoi(optarg);
			break;
		default:
			exit(64);
		}
	}
	return o;
}

int
main(int argc, char **argv)
{
	const char **nameservers = mem_alloc((size_t)argc * sizeof nameservers[0]);
	struct asked *asked = mem_alloc(STARTED_MAX * sizeof *asked);
	struct resolver_options options = options_read(argc, argv, nameservers);
	char line[400], why[300];
	size_t count = 0;
	struct resolver *r;

	r = resolver_open(&options, why, sizeof why);
	if (r == NULL)
		printf("failed: %s\n", why);
	else
		printf("ready\n");
	fflush(stdout);
	while (r != NULL && fgets(line, sizeof line, stdin) != NULL)
		command(r, line, asked, &count);
	for (size_t i = 0; i < count; i++)
		lookup_drop(asked[i].lookup);
	resolver_close(r);
	free(asked);
	free(nameservers);
	return r == NULL ? 78 : 0;
}
