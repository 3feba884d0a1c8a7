#ifndef CTL_HISTORY_OVERVIEW_DATA_H
#define CTL_HISTORY_OVERVIEW_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/history/sender_cause.h"
#include "history/query_overview.h"

struct access;
struct pool;

#define OVERVIEW_ROWS 25

/* An RSA key, or a fault in an SPF record. */
struct overview_fault {
	const char *domain, *what; /* its selector, or the reason */
	int64_t bits, n;
};

enum overview_exception_kind { OVERVIEW_OVERRIDE, OVERVIEW_FORWARDER, OVERVIEW_LIST };

/* An exception of the settings, or one that no longer is in them and has decided. */
struct overview_exception {
	enum overview_exception_kind kind;
	const char *key;  /* as the history names it: an Override in normal form */
	const char *whom; /* a domain, a network */
	const char *action, *client, *reason; /* of an Override; NULL: none */
	int until;                            /* YYYYMMDD; 0: no end */
	bool is_over, is_gone;
	int64_t n; /* messages that it decided */
};

/* All that the page tells, as plain data. */
struct overview {
	const struct config *config;
	int64_t made_at;
	int64_t first_day, last_day; /* UTC, since 1970 */
	struct query_size size;
	struct query_state state;
	bool is_shared;    /* what several mail servers saw */
	bool monitor;      /* by the settings that the filter had last */
	bool is_reloading; /* the conf file names another Mode */
	const struct query_day *days;
	size_t day_count;
	struct query_day total;
	struct query_senders_list senders[QUERY_KINDS];
	const enum sender_cause *causes; /* of those of QUERY_MIXED */
	const struct overview_fault *keys, *spf;
	size_t key_count, spf_count;
	struct overview_exception *exceptions;
	size_t exception_count, gone_from; /* from there on: no longer in the settings */
	struct pool *pool;                 /* all of it is in */
	const struct query_gap *gaps;
	size_t gap_count;
	int64_t lost; /* in them; -1: nobody knows */
};

/* Add the numbers of ${day} to those of ${sum}. */
void overview_data_add(struct query_day *sum, const struct query_day *day);

/* Gather it for the last ${days} days.  EX_OK, or what to exit with, which was said. */
int overview_data_gather(
    const struct access *access, int days, struct pool *pool, struct overview *overview);

#endif
