#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "dns/resolver.h"
#include "proof.h"

#define DAEMON_NAME "beschermd-prove"
#define DOMAIN "beschermd.test"
#define CACHE_ENTRIES 256 /* it has fewer names */
#define CACHE_BYTES 262144

struct proof_zone {
	pthread_mutex_t lock;
	struct resolver *resolver; /* NULL: not wanted yet, or not to be had */
	bool told;
};

bool
proof_is(const char *daemon_name, const struct ip *client)
{
	static const uint8_t network[] = { 192, 0, 2 };

	return daemon_name != NULL && strcmp(daemon_name, DAEMON_NAME) == 0 &&
	       client->family == IP_V4 &&
	       memcmp(client->octets, network, sizeof network) == 0;
}

struct proof_zone *
proof_zone_new(void)
{
	struct proof_zone *p = mem_alloc(sizeof *p);

	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void
proof_zone_close(struct proof_zone *p)
{
	if (p == NULL)
		return;
	resolver_close(p->resolver);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* A tree that is not installed has it elsewhere. */
static const char *
folder(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it here */
	const char *path = getenv("BESCHERMD_PROVEDIR");

	return path != NULL && *path != '\0' ? path : PROVEDIR;
}

/* Tried again by the next message: it may have been for want of a thread. */
static void
open_locked(struct proof_zone *p)
{
	char path[PATH_MAX], why[PATH_MAX + 200];
	const struct resolver_options options = { .zone_file = path,
		.dnssec = RESOLVER_DNSSEC_OFF,
		.cache_entries = CACHE_ENTRIES,
		.cache_bytes = CACHE_BYTES };

	snprintf(path, sizeof path, "%s/zone", folder());
	p->resolver = resolver_open(&options, why, sizeof why);
	if (p->resolver == NULL && !p->told)
		log_warning(
		    "beschermctl prove: its test domains have no answers: %s", why);
	p->told = p->resolver == NULL;
}

struct questions_apart
proof_zone_get(struct proof_zone *p)
{
	struct questions_apart zone = { .domain = DOMAIN };

	pthread_mutex_lock(&p->lock);
	if (p->resolver == NULL)
		open_locked(p);
	zone.resolver = p->resolver;
	pthread_mutex_unlock(&p->lock);
	return zone;
}
