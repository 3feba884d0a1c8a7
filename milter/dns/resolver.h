#ifndef DNS_RESOLVER_H
#define DNS_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The one resolver: cached, validating, coalescing, used by all threads at once.
 * resolver.c is made of libunbound; tests link tests/lib/resolver_zone.c instead,
 * which answers from a zone text and can time out, fail or be bogus.  Knows no
 * mail.  Messages do not call it: they ask through dns/questions.h.
 */
struct resolver;
struct resolver_lookup;
struct trouble;

/*
 * The way of a question through dns/.
 *
 * A check says a name and a type to the message's questions.c: early, while the header
 * comes in (questions_follow(), questions_prefetch(); questions_begin() for the author's
 * policy and the keys), or where it needs the answer (questions_ask()).  There each is
 * one entry, which holds a lookup until the message ends.  An entry begins with
 * resolver_start(), which says on whose behalf, and how urgent it is.
 *
 * resolver_start() finds the lookup in cache.c, answered or under way, and that is all.
 * Else it takes a place of flight.c for the client's network, by the arithmetic of
 * share.c; cache.c makes an entry, which is the lookup (lookup.c); and unbound.c asks,
 * with a ticket that holds lookup and place.  When libunbound answers or fails, in its
 * thread, the ticket gives the place back, whoever waits for one gets it, cache_answer()
 * puts the answer into the lookup, and wakes and tells all that hold it.  Between these
 * two ends nothing is given back: libunbound goes on, and holds its socket, also when
 * nobody wants the answer any more.
 *
 * Without a place nothing is begun, and no entry is made anywhere.  What was early is
 * noted (noted.c) and tried again at questions_deadline(), as part of a message that is
 * judged.  What questions_ask() needs waits in turn, by resolver_start_waiting(), and is
 * DNS_TEMPFAIL if none comes.
 *
 * Locks are taken in this order: the cache's for telling, one message's questions, and
 * within these, one at a time, a shard's of the cache or the places'.  Nobody waits for a
 * place with any of them held.
 */

/* The trust anchor of the root, and the name servers, unless an option says otherwise. */
#define RESOLVER_ANCHOR_FILE "/usr/share/dns/root.key"
#define RESOLVER_SERVERS_FILE "/etc/resolv.conf"

/* RFC 1035 section 3.2.2, RFC 3596, RFC 6698 */
enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52
};

enum dns_status {
	DNS_FOUND,
	DNS_NODATA,   /* the name exists, this type does not */
	DNS_NXDOMAIN, /* the name does not exist (nor where its CNAME leads) */
	DNS_TEMPFAIL, /* SERVFAIL, REFUSED, garbage, no answer in time, too many lookups
		       */
	DNS_BOGUS     /* DNSSEC says forged: to be treated as DNS_TEMPFAIL */
};

struct dns_record {
	const uint8_t *data; /* rdata as on the wire, names not compressed */
	size_t len;
};

/* Immutable once it is there. */
struct dns_answer {
	enum dns_status status;
	bool too_large; /* DNS_TEMPFAIL for good: asked again it is no smaller */
	bool secure;    /* validated by DNSSEC, the whole chain */
	uint32_t ttl;
	size_t count; /* of records; 0 unless DNS_FOUND */
	const struct dns_record *records;
	const char
	    *reason; /* why DNS_TEMPFAIL or DNS_BOGUS, a phrase of ours; else NULL */
	struct timespec at; /* when it came, CLOCK_MONOTONIC */
};

enum resolver_dnssec {
	RESOLVER_DNSSEC_OFF,
	RESOLVER_DNSSEC_AUTO,
	RESOLVER_DNSSEC_REQUIRE
};

struct resolver_options {
	const char *const *nameservers; /* "192.0.2.53", "127.0.0.1@5353", "recursive" */
	size_t nameserver_count;        /* 0: those of RESOLVER_SERVERS_FILE */
	const char *zone_file;          /* embedded zone, nothing leaves; NULL: none */
	enum resolver_dnssec dnssec;
	const char *trust_anchor_file; /* NULL: the one of dns-root-data */
	int lookup_timeout_ms;         /* no lookup takes longer; 0: 5000 */
	size_t cache_entries;          /* 0: the default */
	size_t cache_bytes;            /* 0: the default */
	size_t in_flight_max;          /* 0: the default, 3000 */
	struct trouble *trouble;       /* outlives the resolver; NULL: one of its own */
	int dnssec_retry_ms; /* no answer about the keys: asks again first after so long;
				0: 10000 */
	/* "require" got no answer: open all the same.  Every lookup fails until there is
	 * one, which is asked for again and again. */
	bool wait_for_keys;
};

/* Counters since the start, for logs and metrics. */
struct resolver_stats {
	uint64_t lookups, hits, sent, timeouts, bogus;
	uint64_t put_off, refused; /* no place at once; none within the time */
	size_t entries, bytes, in_flight, in_flight_most;
};

/*
 * Opens context and dispatcher thread (block the signals first).  All of
 * ${options} is copied.  NULL with ${why} on failure: a zone file or trust anchor
 * that cannot be read, a bad server address, DNSSEC required and not to be had.
 */
struct resolver *resolver_open(
    const struct resolver_options *options, char *why, size_t whysize);
/* Lookups under way are given up; none may be held.  resolver_close(NULL) is nothing. */
void resolver_close(struct resolver *r);

/* In force after "auto" had its look, and why: one phrase for -n and the log. */
bool resolver_validates(const struct resolver *r, const char **why);

struct resolver_stats resolver_stats(const struct resolver *r);

/* On whose behalf a lookup is, which says how many there may be at one time. */
struct resolver_asker {
	uint64_t network; /* the client's (ip_network()); 0: it counts for none */
	bool early;       /* nobody waits for it: perhaps there will be no message */
};

/*
 * Begin a lookup, or join one under way, or find the answer in the cache.  Never
 * blocks.  ${name}: presentation form without escapes but \DDD, final dot or not, any
 * case.  A name that cannot be asked (label over 63, over 253 in all, empty label) is
 * DNS_NXDOMAIN.  lookup_drop() it.  NULL: not in the cache, and no place for
 * ${asker}; nothing was begun.
 */
struct resolver_lookup *resolver_start(struct resolver *r, const char *name,
    enum dns_type type, struct resolver_asker asker);

/*
 * The same, but waits for a place: ${wait_ms}, and no longer than a lookup may take.
 * Never NULL: without a place it is DNS_TEMPFAIL.  ${asker}.early has no meaning.
 */
struct resolver_lookup *resolver_start_waiting(struct resolver *r, const char *name,
    enum dns_type type, struct resolver_asker asker, int wait_ms);

/* What its holders do with a lookup: lookup.c. */

/*
 * Wait until ${deadline} (CLOCK_MONOTONIC) at the latest.  Never NULL: no answer in
 * time is DNS_TEMPFAIL.  What is cached is there also after the deadline.  The answer
 * lives until lookup_drop().
 */
const struct dns_answer *lookup_wait(
    struct resolver_lookup *lookup, const struct timespec *deadline);
bool lookup_is_done(const struct resolver_lookup *lookup);
void lookup_drop(struct resolver_lookup *lookup);

/* A lookup that is answered already, from the cache; NULL: none.  Asks nobody. */
struct resolver_lookup *resolver_find(
    struct resolver *r, const char *name, enum dns_type type);

/*
 * Somebody to tell when a lookup is done.  The caller's memory, zeroed but for
 * ${done} and ${arg}; one watch serves one lookup.
 */
struct resolver_watch {
	void (*done)(void *arg); /* in the resolver's thread: be brief, never wait */
	void *arg;
	struct resolver_watch *next; /* the resolver's */
	void *state;                 /* the resolver's */
};

/* False: the lookup is done already, nobody will be told. */
bool lookup_watch(struct resolver_lookup *lookup, struct resolver_watch *watch);

/*
 * Nobody will be told from here on, nor is being told.  Before lookup_drop();
 * never from within ${done}.
 */
void lookup_unwatch(struct resolver_lookup *lookup, struct resolver_watch *watch);

#endif
