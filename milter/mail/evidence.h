#ifndef MAIL_EVIDENCE_H
#define MAIL_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/ip.h"
#include "mail/header.h"

/*
 * What is known of one message: the facts that the MTA gave and what the checks
 * found.  Plain data: session and checks fill it in; verdict, actions, authres
 * and report only read it.  All strings live in the message's pool and are never
 * NULL unless it says so.  Text from outside is as received: whoever prints it
 * escapes it.
 */

/* RFC 8601 section 2.7.2 */
enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR
};
#define SPF_RESULT_COUNT (SPF_PERMERROR + 1)

/* RFC 8601 section 2.7.1 */
enum dkim_result {
	DKIM_NONE,
	DKIM_PASS,
	DKIM_FAIL,
	DKIM_POLICY,
	DKIM_NEUTRAL,
	DKIM_TEMPERROR,
	DKIM_PERMERROR
};
#define DKIM_RESULT_COUNT (DKIM_PERMERROR + 1)

/* RFC 9989 section 5.3.6 */
enum dmarc_result {
	DMARC_NONE,
	DMARC_PASS,
	DMARC_FAIL,
	DMARC_TEMPERROR,
	DMARC_PERMERROR
};
#define DMARC_RESULT_COUNT (DMARC_PERMERROR + 1)

enum dmarc_policy { DMARC_P_NONE, DMARC_P_QUARANTINE, DMARC_P_REJECT };
#define DMARC_POLICY_COUNT (DMARC_P_REJECT + 1)

/* Was the DNS record behind a result DNSSEC-secure? */
enum dns_sec { DNS_SEC_UNASKED, DNS_SEC_NO, DNS_SEC_YES };

enum spf_scope { SPF_MAILFROM, SPF_HELO };

/* One term of one record as it was evaluated, in order (the trace).  A sender's DNS makes
 * 20,000 of them, so each octet counts. */
struct spf_step {
	int depth; /* 0: the first record; 1: one include or redirect down */
	/* Macros put the sender's local part into them: for who asks, not to be kept */
	bool domain_holds_local, target_holds_local;
	const char *domain;  /* whose record */
	const char *term;    /* as published; escaped to printable ASCII */
	const char *target;  /* what was asked after macro expansion, or NULL */
	const char *outcome; /* "match", "no match", "not evaluated", an error */
};

struct spf_evidence {
	enum spf_result result;
	/* RFC 7208 section 2.4: with a null reverse-path the MAIL FROM identity is
	 * postmaster@HELO; ${scope} is SPF_HELO then (smtp.helo in the header) and the
	 * result still counts for DMARC. */
	enum spf_scope scope;
	const char *domain; /* that was checked, normal form; "" where there is none */
	const char *explanation; /* vetted text of exp=, printable ASCII, or NULL */
	/* What exp= asked for, where macros put the local part into it; NULL */
	const char *local_name;
	int lookups, void_lookups, void_lookups_max;
	enum dns_sec dns_sec;
	const char *reason; /* NULL, or one phrase of ours */
	const struct spf_step *steps;
	size_t step_count;
	bool by_relay;       /* RelayResults: the relay says so; the steps are ours */
	enum spf_result own; /* what we found then */
};

/*
 * Why a signature fails whose header fields, From among them, are as they were signed, by
 * a key of the signer's: for who looks for it among the reasons.  No other failure is
 * told so.
 */
#define EVIDENCE_BODY_CHANGED "the body was changed"

/* How the reason of a pass begins that is a relay's word; the word of ours follows. */
#define EVIDENCE_BY_RELAY "taken from the relay's results, ours is "

struct dkim_evidence {
	enum dkim_result result;
	const char *domain;    /* d=, normal form; "" if it cannot be read */
	const char *selector;  /* s= */
	const char *algorithm; /* a= */
	const char *b_start; /* first characters of b= (RFC 6008), "" if there are none */
	int key_bits;        /* 0: no key was decoded */
	bool testing;        /* the key says t=y */
	enum dns_sec dns_sec;
	const char *reason;   /* NULL, or one phrase of ours */
	bool by_relay;        /* RelayResults: the relay says so */
	enum dkim_result own; /* what we found then */
};

enum from_status {
	FROM_OK,
	FROM_MISSING,         /* no From field */
	FROM_REPEATED,        /* several From fields */
	FROM_SEVERAL_DOMAINS, /* several addresses that do not share one domain */
	FROM_MALFORMED,       /* no address, no domain, a domain literal, bad syntax */
	/* malformed, but of the one shape in which every reader sees one domain: once
	 * that is proven to be the sender's, it counts as if it were well formed */
	FROM_MALFORMED_ONE_DOMAIN,
	FROM_NO_AUTHOR,   /* a bounce whose From holds no address at all */
	FROM_HEADER_FLOOD /* more forged results than can be taken away */
};

/* From without an address, in a bounce: what a reader is shown. */
enum from_bounce {
	FROM_BOUNCE_MAILER,    /* what mail servers call themselves: no address at all */
	FROM_BOUNCE_COMPLETED, /* the same as a word, which Sendmail completes */
	FROM_BOUNCE_NAMELESS,  /* another name, or nothing */
	FROM_BOUNCE_WORD       /* another word or words, which Sendmail completes */
};

struct from_evidence {
	enum from_status status;
	enum from_bounce bounce; /* of FROM_NO_AUTHOR */
	const char *domain;      /* normal form; "" unless evidence_has_author() */
	const char *reason;      /* NULL, or one phrase of ours */
	bool guarded;            /* malformed by from_guard(): no other reading counts */
	bool wants_quotes;       /* malformed by a name that quotes would mend */
};

/* Which tag of the policy record decided (RFC 9989 section 4.7). */
enum dmarc_tag { DMARC_TAG_P, DMARC_TAG_SP, DMARC_TAG_NP };

/* One name of a walk, or one identifier that was held against the author domain. */
struct dmarc_step {
	const char *what;    /* "policy", "author", "spf", "dkim": what it was for */
	const char *name;    /* the name asked, or the identifier */
	const char *outcome; /* for people: "no record", "psd=y", "aligned", ... */
};

struct dmarc_evidence {
	enum dmarc_result result;
	bool policy_known;           /* the deciding tag is settled, also on temperror */
	enum dmarc_policy policy;    /* after sp/np, t= (or pct=): what is asked for */
	enum dmarc_policy published; /* the deciding tag before t= and pct= */
	enum dmarc_tag tag;
	bool test_mode;   /* t=y lowered the policy */
	bool sampled_out; /* pct= lowered it (RFC 7489 mode) */
	bool pct_zero;    /* pct=0 stands where t=y would lower it: ${policy} is by the
			     letter */
	const char *record_domain; /* NULL: no record applies */
	const char *record;        /* text of the one found, also if unusable; NULL */
	const char *org_domain;    /* of the author domain; NULL: was not needed */
	bool strict_spf, strict_dkim;
	bool spf_aligned, dkim_aligned;
	bool may_align; /* temperror: of what would be aligned, or may be */
	enum dns_sec dns_sec;
	bool judges_differ; /* libopendmarc said otherwise: the stricter holds */
	const char *reason; /* NULL, or one phrase of ours */
	const struct dmarc_step *steps;
	size_t step_count;
};

/* One question of a message to the DNS, for people. */
struct question_fact {
	const char *name, *type; /* "TXT" */
	const char *status;      /* "found", "nodata", ...; NULL: nobody waited for it */
	const char *reason;      /* why there is no answer; NULL */
	enum dns_sec dns_sec;    /* unasked where nobody waited */
	double ms;               /* from asking to its coming */
};

/* The mailing lists that a message names and that have signed it, by their domains. */
struct list_evidence {
	const char *id;   /* of List-Id; NULL: there is none that signed */
	const char *post; /* of List-Post */
};

/*
 * What TrustedForwarders may ask of mail that would else be refused, held or marked; of
 * all other mail nothing of it is looked at.
 */
enum forwarded {
	FORWARDED_UNASKED,
	FORWARDED_NO,
	FORWARDED_BODY, /* an aligned signature holds for the header, not for the body */
	FORWARDED_SRS   /* the client rewrote an aligned envelope sender as its own */
};
#define FORWARDED_COUNT (FORWARDED_SRS + 1)

struct forward_evidence {
	/* The client's name, which its address confirms, below a domain that was asked
	 * for; "": it has none; NULL: not asked */
	const char *client_confirmed;
	enum forwarded forwarded;
};

enum exemption { EXEMPT_NO, EXEMPT_IGNORED_CLIENT, EXEMPT_AUTHENTICATED };

/* What came of the results that a relay wrote (RelayResults). */
enum relay_results {
	RELAY_RESULTS_UNASKED, /* no such setting, or no relay */
	RELAY_RESULTS_HELD,    /* ours hold, as ${results_reason} says */
	RELAY_RESULTS_READ     /* its passes count where ours may be replaced */
};

/* The client that SPF looks at, when the real one is a TrustedRelay. */
struct relay_evidence {
	bool is_relay;      /* the client is in TrustedRelays */
	bool found;         /* its Received fields name the first hop outside */
	struct ip client;   /* of that hop */
	const char *helo;   /* of that hop */
	const char *reason; /* why not found, or NULL */
	enum relay_results results;
	const char *results_reason; /* NULL, or one phrase of ours */
};

#define EVIDENCE_NO_QUEUE "NOQUEUE"

struct evidence {
	struct ip client;
	const char *client_name;
	const char *helo;      /* "" if none was said */
	const char *host_name; /* of the MTA (macro j) */
	const char *mail_from; /* as typed; "" or "<>": null reverse-path */
	const char *queue_id;  /* EVIDENCE_NO_QUEUE where there is none yet */
	enum exemption exemption;
	bool proof;      /* a test message of ours: judged as any, and counted apart */
	time_t received; /* the time that the checks go by */
	int day;     /* its local day (base/day.h), for the until= of Overrides; 0 where
			there are none */
	int wait_ms; /* from the end of the header to our answer */

	/* The questions without whose answers a result is temperror; NULL: there is none
	 */
	const char *unanswered;

	const struct header_list *headers;
	/* arc_seal_last() of a message that is refused, held or marked; NULL */
	const char *sealed;
	struct relay_evidence relay;

	struct spf_evidence spf;
	bool has_spf_helo;
	struct spf_evidence spf_helo; /* SPFCheckHelo: a result of its own */
	const struct dkim_evidence *dkim;
	size_t dkim_count;
	struct from_evidence from;
	struct dmarc_evidence dmarc;
	struct list_evidence list; /* only where DMARC says fail */
	struct forward_evidence forward;
};

/* Is there a domain to judge by? */
static inline bool
evidence_has_author(const struct evidence *ev)
{
	return ev->from.status == FROM_OK || ev->from.status == FROM_MALFORMED_ONE_DOMAIN;
}

/* Did a check get no answer that its result hangs on? */
bool evidence_has_temperror(const struct evidence *ev);

/* Is the body all that was changed since ${signature} was made? */
bool evidence_is_body_changed(const struct dkim_evidence *signature);

/* The outcome of a step that names the domain of a record found, and unusable. */
#define EVIDENCE_RECORD_UNUSABLE "this record does not count"

/* Whose record ${d} holds, also where it does not count; NULL: none, or not known. */
const char *evidence_record_owner(const struct dmarc_evidence *d);

/* Is the policy settled that the result goes by? */
static inline bool
evidence_has_policy(const struct evidence *ev)
{
	return ev->dmarc.result == DMARC_PASS || ev->dmarc.result == DMARC_FAIL ||
	       ev->dmarc.policy_known;
}

/* The words of RFC 8601 and RFC 9989. */
const char *evidence_spf_name(enum spf_result r);
const char *evidence_dkim_name(enum dkim_result r);
const char *evidence_dmarc_name(enum dmarc_result r);
const char *evidence_policy_name(enum dmarc_policy p);
const char *evidence_tag_name(enum dmarc_tag t);   /* "p", "sp", "np" */
const char *evidence_dns_sec_name(enum dns_sec s); /* "yes", "no"; NULL: unasked */
const char *evidence_relay_results_name(enum relay_results r); /* NULL: unasked */
const char *evidence_forwarded_name(enum forwarded f); /* "no", "body", "srs"; NULL */
const char *evidence_from_name(enum from_status s);    /* "ok", "missing", "multiple",
							  "malformed" */

#endif
