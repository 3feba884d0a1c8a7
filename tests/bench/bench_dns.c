/* Measures the resolver against a name server of its own on loopback: see README.md. */
#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "dns/questions.h"
#include "dns/resolver.h"
#include "dns/unbound.h"

#define DELAY_MS 20
#define PACKET_MAX 512
#define QUEUE 16384 /* packets that wait for their time */
#define MESSAGES 500
#define NAMES 3
#define WAITING 1000
#define DEADLINE_MS 4000
#define MIXED_SECONDS 10
#define DEAD_A_SECOND 500
#define GOOD_A_SECOND 50

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
sleep_until(double ms)
{
	struct timespec t = { (time_t)(ms / 1e3),
		(long)((ms - 1e3 * (double)(time_t)(ms / 1e3)) * 1e6) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static struct timespec
deadline_in(int ms)
{
	double at = now_ms() + ms;

	return (struct timespec){ (time_t)(at / 1e3),
		(long)((at - 1e3 * (double)(time_t)(at / 1e3)) * 1e6) };
}

/* The name server: a TXT for every name after 20 ms, nothing for names with "dead". */
struct packet {
	unsigned char data[PACKET_MAX];
	size_t len;
	struct sockaddr_in client;
	double due;
};

struct server {
	int socket;
	char address[40];
	struct packet *queue;
	size_t head, tail;
	pthread_mutex_t lock;
	sem_t queued;
};

/* Answers the question of a packet in place; 0: not at all. */
static size_t
answer_make(unsigned char *p, size_t len)
{
	static const unsigned char txt[] = { 0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 44, 0, 5, 4,
		't', 'e', 'x', 't' };
	size_t end = 12;

	while (end < len && p[end] != 0)
		end += 1 + (size_t)p[end];
	end += 5;
	if (end > len || memmem(p, end, "dead", 4) != NULL)
		return 0;
	memcpy(p + 2, "\x84\x80\0\1\0\1\0\0\0\0", 10);
	memcpy(p + end, txt, sizeof txt);
	return end + sizeof txt;
}

static void *
server_read(void *arg)
{
	struct server *s = arg;

	for (;;) {
		struct packet *p = &s->queue[s->tail % QUEUE];
		socklen_t size = sizeof p->client;
		ssize_t len = recvfrom(s->socket, p->data, PACKET_MAX / 2, 0,
		    (struct sockaddr *)&p->client, &size);

		if (len < 12 || (p->len = answer_make(p->data, (size_t)len)) == 0)
			continue;
		p->due = now_ms() + DELAY_MS;
		pthread_mutex_lock(&s->lock);
		s->tail++;
		pthread_mutex_unlock(&s->lock);
		sem_post(&s->queued);
	}
	return NULL;
}

static void *
server_write(void *arg)
{
	struct server *s = arg;

	for (;;) {
		struct packet *p = &s->queue[s->head++ % QUEUE];

		sem_wait(&s->queued);
		sleep_until(p->due);
		sendto(s->socket, p->data, p->len, 0, (struct sockaddr *)&p->client,
		    sizeof p->client);
	}
	return NULL;
}

static struct server *
server_start(void)
{
	struct server *s = mem_alloc(sizeof *s);
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof sa;
	int room = 8 << 20;
	pthread_t thread;

	s->queue = mem_alloc(QUEUE * sizeof s->queue[0]);
	s->socket = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(s->socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	if (bind(s->socket, (struct sockaddr *)&sa, sizeof sa) == -1 ||
	    getsockname(s->socket, (struct sockaddr *)&sa, &size) == -1)
		abort();
	snprintf(s->address, sizeof s->address, "127.0.0.1@%d", ntohs(sa.sin_port));
	pthread_mutex_init(&s->lock, NULL);
	sem_init(&s->queued, 0, 0);
	if (pthread_create(&thread, NULL, server_read, s) != 0 ||
	    pthread_create(&thread, NULL, server_write, s) != 0)
		abort();
	return s;
}

static struct resolver *
resolver_make(const struct server *s, int timeout_ms)
{
	const char *servers[] = { s->address };
	struct resolver_options options = { .nameservers = servers,
		.nameserver_count = 1,
		.lookup_timeout_ms = timeout_ms };
	char why[200];
	struct resolver *r = resolver_open(&options, why, sizeof why);

	if (r == NULL) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	return r;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
percentile(double *ms, size_t n, double part)
{
	qsort(ms, n, sizeof ms[0], by_size);
	return n == 0 ? 0 : ms[(size_t)((double)(n - 1) * part)];
}

/* A line of /proc/self/status or smaps_rollup, in KB. */
static long
memory_kb(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	char line[200];
	long kb = -1;

	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		if (strncmp(line, key, strlen(key)) == 0)
			kb = strtol(line + strlen(key), NULL, 10);
	}
	if (file != NULL)
		fclose(file);
	return kb;
}

static void
bench_cached(const struct server *s)
{
	struct resolver *r = resolver_make(s, 0);
	struct timespec until = deadline_in(60000);
	const int rounds = 3000000;
	char names[100][40];
	double start;

	for (int i = 0; i < 100; i++) {
		snprintf(names[i], sizeof names[i], "_dmarc.news%d.example.org", i);
		lookup_drop(
		    resolver_start(r, names[i], DNS_TXT, (struct resolver_asker){ 0 }));
	}
	for (int i = 0; i < 100; i++) {
		struct resolver_lookup *lookup =
		    resolver_start(r, names[i], DNS_TXT, (struct resolver_asker){ 0 });

		lookup_wait(lookup, &until);
		lookup_drop(lookup);
	}
	start = now_ms();
	for (int i = 0; i < rounds; i++) {
		struct resolver_lookup *lookup = resolver_start(
		    r, names[i % 100], DNS_TXT, (struct resolver_asker){ 0 });

		if (lookup_wait(lookup, &until)->status != DNS_FOUND)
			abort();
		lookup_drop(lookup);
	}
	start = now_ms() - start;
	printf("cached: %.2f million lookups a second on one core, %.3f us each\n",
	    rounds / start / 1e3, start * 1e3 / rounds);
	resolver_close(r);
}

/* 1500 names at once through libunbound alone, with the same settings. */
struct bare {
	double start, *ms;
	atomic_size_t done;
	sem_t all;
};

static void
on_bare(void *arg, struct dns_answer *answer)
{
	struct bare *b = arg;
	size_t i = atomic_fetch_add(&b->done, 1);

	b->ms[i] = now_ms() - b->start;
	free(answer);
	if (i + 1 == (size_t)MESSAGES * NAMES)
		sem_post(&b->all);
}

static double
bench_bare(const struct server *s)
{
	const char *servers[] = { s->address };
	struct unbound_options options = {
		.nameservers = servers, .nameserver_count = 1, .outgoing = 4096
	};
	struct bare b = { .ms = mem_alloc(sizeof(double) * MESSAGES * NAMES) };
	char why[200], name[60];
	struct unbound *u = unbound_open(&options, why, sizeof why);
	double p99;

	if (u == NULL)
		abort();
	sem_init(&b.all, 0, 0);
	usleep(200000);
	b.start = now_ms();
	for (int i = 0; i < MESSAGES * NAMES; i++) {
		snprintf(name, sizeof name, "n%d.d%d.example", i % NAMES, i / NAMES);
		unbound_ask(u, name, DNS_TXT, on_bare, &b);
	}
	sem_wait(&b.all);
	p99 = percentile(b.ms, (size_t)MESSAGES * NAMES, 0.99);
	unbound_close(u);
	free(b.ms);
	return p99;
}

struct message {
	struct resolver *r;
	pthread_barrier_t *go;
	int number;
	double ms;
};

static void *
message_run(void *arg)
{
	struct message *m = arg;
	struct pool *pool = pool_new();
	struct questions *q = questions_new(m->r, &(struct questions_options){ 0 }, pool);
	char name[60];

	pthread_barrier_wait(m->go);
	m->ms = now_ms();
	questions_deadline(q, 20000);
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "n%d.d%d.example", i, m->number);
		questions_prefetch(q, name, DNS_TXT);
	}
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "n%d.d%d.example", i, m->number);
		if (questions_ask(q, name, DNS_TXT)->status != DNS_FOUND)
			fprintf(stderr, "%s was not found\n", name);
	}
	m->ms = now_ms() - m->ms;
	questions_free(q);
	pool_free(pool);
	return NULL;
}

static void
bench_messages(const struct server *s)
{
	struct resolver *r = resolver_make(s, 0);
	struct message *messages = mem_alloc(MESSAGES * sizeof *messages);
	pthread_t *threads = mem_alloc(MESSAGES * sizeof *threads);
	double ms[MESSAGES], bare = bench_bare(s), p99;
	pthread_barrier_t go;

	pthread_barrier_init(&go, NULL, MESSAGES);
	for (int i = 0; i < MESSAGES; i++) {
		messages[i] = (struct message){ r, &go, i, 0 };
		if (pthread_create(&threads[i], NULL, message_run, &messages[i]) != 0)
			abort();
	}
	for (int i = 0; i < MESSAGES; i++) {
		pthread_join(threads[i], NULL);
		ms[i] = messages[i].ms;
	}
	p99 = percentile(ms, MESSAGES, 0.99);
	printf(
	    "%d messages at once, cold, %d ms, %d names each: p50 %.0f ms, p99 %.0f ms; "
	    "bare libunbound p99 %.0f ms: ratio %.2f\n",
	    MESSAGES, DELAY_MS, NAMES, percentile(ms, MESSAGES, 0.5), p99, bare,
	    p99 / bare);
	pthread_barrier_destroy(&go);
	free(threads);
	free(messages);
	resolver_close(r);
}

struct waiter {
	struct resolver *r;
	char name[60];
	double ms;
};

static void *
wait_dead(void *arg)
{
	struct waiter *w = arg;
	struct timespec until = deadline_in(DEADLINE_MS);
	struct resolver_lookup *lookup;

	w->ms = now_ms();
	lookup = resolver_start(w->r, w->name, DNS_TXT, (struct resolver_asker){ 0 });
	lookup_wait(lookup, &until);
	w->ms = now_ms() - w->ms;
	lookup_drop(lookup);
	return NULL;
}

static void
bench_dead(const struct server *s)
{
	struct resolver *r = resolver_make(s, 0);
	struct waiter *waiters = mem_alloc(WAITING * sizeof *waiters);
	pthread_t *threads = mem_alloc(WAITING * sizeof *threads);
	double ms[WAITING];
	long kb;

	for (int i = 0; i < WAITING; i++) {
		waiters[i].r = r;
		snprintf(waiters[i].name, sizeof waiters[i].name, "d%d.dead.example", i);
		if (pthread_create(&threads[i], NULL, wait_dead, &waiters[i]) != 0)
			abort();
	}
	usleep(DEADLINE_MS * 500);
	kb = memory_kb("/proc/self/status", "VmRSS:");
	for (int i = 0; i < WAITING; i++) {
		pthread_join(threads[i], NULL);
		ms[i] = waiters[i].ms;
	}
	printf(
	    "%d threads wait for a dead server until %d ms: first %.0f ms, last %.0f ms; "
	    "RSS %ld MB\n",
	    WAITING, DEADLINE_MS, percentile(ms, WAITING, 0), percentile(ms, WAITING, 1),
	    kb / 1024);
	free(threads);
	free(waiters);
	resolver_close(r);
}

static void
bench_mixed(const struct server *s)
{
	struct resolver *r = resolver_make(s, 0);
	const int good = MIXED_SECONDS * GOOD_A_SECOND;
	double *ms = mem_alloc((size_t)good * sizeof *ms), start = now_ms();
	int failed = 0;
	char name[60];

	for (int i = 0; i < good; i++) {
		double at = start + i * 1000.0 / GOOD_A_SECOND;
		struct resolver_lookup *lookup;
		struct timespec until;

		sleep_until(at);
		for (int d = 0; d < DEAD_A_SECOND / GOOD_A_SECOND; d++) {
			snprintf(name, sizeof name, "m%d-%d.dead.example", i, d);
			lookup_drop(resolver_start(
			    r, name, DNS_TXT, (struct resolver_asker){ 0 }));
		}
		until = deadline_in(5000);
		ms[i] = now_ms();
		snprintf(name, sizeof name, "good.g%d.example", i);
		lookup = resolver_start(r, name, DNS_TXT, (struct resolver_asker){ 0 });
		if (lookup_wait(lookup, &until)->status != DNS_FOUND) {
			failed++;
			fprintf(stderr, "%s after %.0f ms: %s\n", name, now_ms() - ms[i],
			    lookup_wait(lookup, &until)->reason);
		}
		ms[i] = now_ms() - ms[i];
		lookup_drop(lookup);
	}
	printf(
	    "%d dead lookups a second for %d s, one domain: good ones p50 %.0f ms, p99 "
	    "%.0f ms, %d of %d failed\n",
	    DEAD_A_SECOND, MIXED_SECONDS, percentile(ms, (size_t)good, 0.5),
	    percentile(ms, (size_t)good, 0.99), failed, good);
	free(ms);
	printf("  then %zu in flight, %llu refused\n", resolver_stats(r).in_flight,
	    (unsigned long long)resolver_stats(r).refused);
	resolver_close(r);
}

static void
bench_idle(const struct server *s)
{
	long before = memory_kb("/proc/self/smaps_rollup", "Private_Dirty:");
	struct resolver *r = resolver_make(s, 0);

	usleep(300000);
	printf("a resolver at rest: RSS %ld KB in all, %ld KB of it private and new\n",
	    memory_kb("/proc/self/status", "VmRSS:"),
	    memory_kb("/proc/self/smaps_rollup", "Private_Dirty:") - before);
	resolver_close(r);
}

int
main(void)
{
	struct server *s = server_start();

	setvbuf(stdout, NULL, _IOLBF, 0);
	bench_idle(s);
	bench_cached(s);
	bench_messages(s);
	bench_dead(s);
	bench_mixed(s);
	return 0;
}
