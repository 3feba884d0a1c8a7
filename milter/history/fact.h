#ifndef HISTORY_FACT_H
#define HISTORY_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct evidence;
struct history_settings;
struct verdict;

/*
 * One message as the history remembers it: a row of table message, the policy that it
 * was judged by, and perhaps every step (the trace).  Never in it: local parts,
 * recipients, subjects, text of the header or the body, the text of SPF's exp=.  All text
 * is printable ASCII: what strangers said otherwise is told as \xNN.
 */
enum fact_column {
	FACT_AT, /* UTC seconds */
	FACT_QUEUE_ID,
	FACT_CLIENT,
	FACT_RELAY, /* the first hop outside, where the client is a TrustedRelay */
	FACT_IS_RELAY,
	FACT_HELO,        /* '' unless it is a domain */
	FACT_MAIL_FROM,   /* its domain; '' null reverse-path, NULL: no valid domain */
	FACT_FROM_STATUS, /* evidence_from_name() */
	FACT_BOUNCE,      /* of no_author, as this MTA shows it: mailer nameless word */
	FACT_HEADER_FROM, /* '' unless there is one domain to judge by */
	FACT_ACTION,
	FACT_WOULD,
	FACT_RULE,
	FACT_REASON, /* our own words; NULL */
	FACT_DMARC,
	FACT_POLICY_KNOWN,
	FACT_POLICY,
	FACT_PUBLISHED,
	FACT_TAG,
	FACT_TEST_MODE,
	FACT_SAMPLED_OUT,
	FACT_PCT_ZERO,
	FACT_DISPOSITION, /* RFC 9990: none pass quarantine reject; NULL: no report row */
	FACT_DEPARTURES,  /* [["mailing_list","..."]]; NULL: none */
	FACT_SPF,
	FACT_SPF_DOMAIN,
	FACT_SPF_SCOPE,
	FACT_SPF_ALIGNED,
	FACT_SPF_REASON,
	FACT_DKIM_ALIGNED,
	FACT_SIGNATURES, /* [[result,d,s,a,bits,"s|r|n|-",sec,reason],...] */
	FACT_LIST_ID,
	FACT_LIST_POST,
	FACT_LIST_SIGNED, /* which of them signed: "id", "post", "both"; NULL: none */
	FACT_DMARC_SEC,
	FACT_SPF_SEC,
	FACT_PASSIVE,  /* never the cause of an aggregate report */
	FACT_OVERRIDE, /* the one that decided, in normal form; NULL */
	FACT_WAIT_MS,
	FACT_SEALED, /* "fwd.example/2", as an ARC-Seal says; NULL: none, or accepted */
	FACT_FORWARDED,        /* evidence_forwarded_name(); NULL: not looked at */
	FACT_CLIENT_CONFIRMED, /* a name below TrustedForwarders; '' none; NULL not asked
				*/
	FACT_COLUMNS,          /* so many columns of table message */

	/* The record that was in force, for table policy.  No domain: none was. */
	FACT_RECORD_DOMAIN = FACT_COLUMNS,
	FACT_RECORD,
	FACT_METHOD, /* "treewalk", "psl" */
	FACT_ORG_DOMAIN,
	FACT_VALUES
};

/* A column of ours holds text, a number, or NULL (text NULL and no number). */
struct fact_value {
	const char *text;
	int64_t number;
	bool is_number;
};

/*
 * Its columns and its trace stand packed behind it: one piece of memory, as many of them
 * lie between what the threads of messages allocate and free.
 */
struct fact {
	struct fact *next;                 /* for who keeps a list */
	size_t size;                       /* octets of memory, the trace included */
	struct history_settings *settings; /* that were in force; not its own */
	const char *trace;                 /* JSON, in it; NULL: none is kept */
	size_t trace_len;
	char packed[];
};

/* What the column is called in the schema, and in JSON and CSV. */
const char *fact_column_name(enum fact_column column);

/*
 * The fact of a message, in memory of its own: all text is copied.  NULL for messages of
 * exempt clients, of which nothing is kept.  Pure; any thread.
 */
struct fact *fact_new(const struct config *config, const struct evidence *ev,
    const struct verdict *verdict);
void fact_free(struct fact *fact); /* NULL: nothing */

/* Its columns; texts live as long as it does. */
void fact_read(const struct fact *fact, struct fact_value values[FACT_VALUES]);

/* ${fact} with ${len} octets of ${trace} in it too; it may have moved. */
struct fact *fact_with_trace(struct fact *fact, const char *trace, size_t len);

#endif
