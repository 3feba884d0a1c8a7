#ifndef CTL_AUDIT_FACTS_H
#define CTL_AUDIT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "ctl/audit/plan.h"
#include "ctl/audit/probed.h"
#include "ctl/audit/spf_tree.h"
#include "ctl/audit/sts_found.h"
#include "dns/resolver.h"
#include "mail/dkim_tags.h"
#include "mail/dmarc_record.h"

/*
 * What DNS says of one domain, as plain values: ask.c fills them in, rules.c judges them.
 * All lives in the pool of ask_domain().  Text from outside is as received.
 */

/* One question and what came of it, to be shown as evidence. */
struct facts_lookup {
	const char *name; /* NULL: was not asked */
	enum dns_type type;
	enum dns_status status;
	bool secure;
	uint32_t ttl;
	const char *reason; /* of DNS_TEMPFAIL, DNS_BOGUS */
};

struct facts_answer {
	struct facts_lookup lookup;
	const char *const *records; /* as in a zone file */
	size_t count;
	time_t at;
};

struct facts_tlsa {
	const char *text;
	uint8_t usage, selector, matching;
	const unsigned char *data;
	size_t len;
	bool usable;      /* RFC 7672 section 3.1 */
	bool certificate; /* 3 0 x: of the whole certificate */
	uint32_t ttl;
};

struct facts_host { /* of an MX */
	const char *name;
	uint16_t preference;
	bool is_null;    /* "." */
	bool is_literal; /* an address stands where a name belongs */
	struct facts_lookup a, aaaa, alias, tlsa;
	const char *const *addresses;
	size_t address_count;
	const struct facts_tlsa *records;
	size_t record_count;
	const struct probed_host *probed; /* NULL: nothing was to be connected to */
};

struct facts_key {
	const char *selector;
	bool guessed; /* no one named it */
	struct facts_lookup lookup;
	bool found; /* there is a key, usable or not */
	bool usable, revoked, testing;
	const char *reason; /* found and not usable */
	enum dkim_key_type type;
	int bits;
	const char *hash; /* SHA-256 of its octets, hexadecimal */
	/* from earlier runs; 0: this is the first that knows */
	int64_t first_seen, last_seen;
};

/* A policy as the daemon would take it for a name, after t and pct=0. */
struct facts_policy {
	enum dmarc_policy published, in_force;
};

struct facts_dmarc {
	struct facts_lookup lookup; /* of D's own name */
	bool unknown;               /* an answer on the way is missing */
	const char *unknown_reason;
	bool several;       /* at D: none of them counts */
	const char *near;   /* what looks like a record and is none */
	const char *domain; /* where the record in force stands; NULL: there is none */
	const char *text;
	struct dmarc_record record;
	bool is_usable;
	struct facts_policy own;   /* for mail of D */
	struct facts_policy below; /* for names below D that exist */
	struct facts_policy none;  /* for those that do not */
	bool rua_is_elsewhere;     /* some host is of another organization */
};

enum facts_known { FACTS_NO, FACTS_YES, FACTS_UNKNOWN };

struct facts_rua { /* a mailbox of rua= */
	const char *uri, *host;
	enum facts_known foreign; /* of another organizational domain */
	struct facts_lookup permission;
	enum facts_known permitted;
	struct facts_lookup mx;
	enum facts_known takes_mail;
};

/* The records of one kind at a name where one belongs (MTA-STS, TLS-RPT). */
struct facts_single {
	struct facts_lookup lookup;
	size_t count;
	const char *text;  /* the first */
	const char *wrong; /* a phrase of ours, to be translated; NULL: it is good */
};

/* The web server that a policy of MTA-STS is fetched from. */
struct facts_web {
	struct facts_lookup a, aaaa; /* of mta-sts.D; no name: there is no good record */
	const char *const *addresses;
	size_t address_count;
	bool is_wanted;                 /* it was to be connected to */
	const struct sts_found *policy; /* what came of that; NULL: it has no address */
};

struct facts {
	const char *domain;
	enum plan_kind kind; /* never PLAN_GUESS */
	bool guessed;
	bool selectors_named;  /* in the settings */
	struct wordlist flows; /* of the plan: not ours */
	bool flows_are_told;   /* every sending domain of the plan has one */
	bool flow_is_shared;   /* by another domain of the plan */
	bool validates;        /* the resolver does */
	const char *why_not;   /* it does not */
	bool is_zone;          /* answered by a file */
	struct facts_lookup soa, mx, a, aaaa, txt;
	struct facts_host *hosts; /* at most FACTS_HOSTS_MAX */
	size_t host_count;
	size_t mx_count;
	struct spf_tree spf;
	struct facts_lookup spf_lookup; /* the first that is missing, or D's */
	size_t foreign_senders;         /* organizations that SPF includes */
	struct facts_dmarc dmarc;
	const struct facts_rua *rua;
	size_t rua_count;
	struct facts_lookup domainkey, wildcard;
	struct facts_key *keys;
	size_t key_count;
	int64_t keys_since;         /* of the first run that looked; 0: this one */
	const char *keys_since_day; /* the same, "2026-11-30" */
	struct facts_single sts, tls_rpt;
	struct facts_web sts_web;
	const struct facts_answer *answers;
	size_t answer_count;
	time_t now;
};

#define FACTS_HOSTS_MAX 10

#endif
