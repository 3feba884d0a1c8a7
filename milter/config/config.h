#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "base/netlist.h"
#include "base/wordlist.h"

struct config_place;

/*
 * The settings, read once and then only read: a reload builds a new one.  A
 * setting is one field here and one row of config_table.c, from which default,
 * range, help line, printing and the checks of conf/ and man/ come.
 */
enum config_mode { CONFIG_ENFORCE, CONFIG_MONITOR };
enum config_action {
	CONFIG_ACCEPT,
	CONFIG_HEADER,
	CONFIG_HOLD,
	CONFIG_REJECT,
	CONFIG_TEMPFAIL,
	CONFIG_QUARANTINE /* whatever OnQuarantine says */
};
enum config_discovery { CONFIG_TREEWALK, CONFIG_PSL };
enum config_trace { CONFIG_TRACE_DOUBTFUL, CONFIG_TRACE_ALL, CONFIG_TRACE_NONE };
enum config_reports { CONFIG_REPORTS_NO, CONFIG_REPORTS_LISTED, CONFIG_REPORTS_KNOWN };
enum config_dnssec { CONFIG_DNSSEC_OFF, CONFIG_DNSSEC_AUTO, CONFIG_DNSSEC_REQUIRE };

/* Override DOMAIN ACTION [until=YYYY-MM-DD] [client=NETWORK] [reason="..."] */
struct config_override {
	char *domain; /* normal form, without the leading dot */
	bool below;   /* was ".domain": all names below it, not itself */
	int action;   /* enum config_action */
	int until;    /* last day it holds as YYYYMMDD, local time; 0: always */
	bool has_client;
	struct network client;
	char *reason; /* printable ASCII; NULL */
	char *file;   /* where it stands */
	int line;
};

/* TrustedForwarders ENTRY... [only=forwarded] */
struct config_forwarder {
	char *domain; /* normal form: for confirmed names below it; NULL: for... */
	struct network network; /* ...addresses */
	bool only_forwarded;    /* only what forwarding explains */
	char *file;             /* where it stands */
	int line;
};

/* Where a setting's value comes from. */
struct config_origin {
	char *file; /* NULL: the default; CONFIG_COMMAND_LINE; or a path */
	int line;
};

#define CONFIG_COMMAND_LINE "command line"

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
struct config {
	/* service */
	char *socket;
	int socket_mode;    /* permission bits */
	char *socket_group; /* "" = none; likewise below */
	char *user_id;
	char *pid_file;
	bool syslog;
	int syslog_facility; /* of syslog(3) */
	int log_level;       /* enum log_level */
	int log_format;      /* enum log_format */
	/* identity */
	char *authserv_id;
	struct wordlist trusted_authserv_ids;
	/* policy */
	int mode; /* enum config_mode */
	int on_reject, on_quarantine, on_temperror, on_bad_from, on_list_mail,
	    on_unauthenticated; /* enum config_action */
	char *quarantine_header_name,
	    *quarantine_header_value; /* from QuarantineHeader */
	char *reject_code;            /* "550" */
	char *reject_enhanced;        /* "5.7.26" */
	char *reject_text;
	struct config_override *overrides;
	size_t override_count;
	struct netlist ignore_hosts;
	bool ignore_authenticated_clients;
	struct config_forwarder *forwarders;
	size_t forwarder_count;
	struct wordlist trusted_lists; /* domains, normal form */
	struct netlist trusted_relays;
	char *relay_results_id; /* "" = none */
	bool relay_results_strips;
	/* checks */
	bool spf_check_helo;
	bool received_spf;
	int minimum_key_bits;
	int spf_void_lookups;
	int maximum_signatures;
	int maximum_header_bytes;
	int maximum_headers;
	int discovery; /* enum config_discovery */
	char *public_suffix_list;
	/* DNS */
	struct wordlist nameservers;
	int dnssec; /* enum config_dnssec */
	char *trust_anchor_file;
	int dns_timeout_ms;
	bool prefetch;
	char *zone_file;
	/* history */
	char *history;
	int history_days;
	int history_trace; /* enum config_trace */
	int history_trace_days, history_count_days;
	int history_queue_bytes;
	int history_maximum_mb, history_minimum_free_mb;
	char *history_shared; /* for beschermctl alone */
	char *metrics;
	/* reports to sender domains: beschermctl reads them, the daemon does not */
	int reports; /* enum config_reports */
	struct wordlist report_domains;
	struct wordlist report_exclude; /* "domain", ".domain", "address" */
	char *report_from;              /* an address; "" = none; likewise below */
	char *report_submitter, *report_name, *report_contact;
	int report_minimum_days;
	int report_maximum, report_maximum_mb;
	char *report_sendmail, *report_bounces;
	bool reports_incomplete; /* a list of them could not be read: see ${warnings} */

	struct config_origin *origins; /* one a row, parallel to the table */
	struct config_place *places;   /* see config_place.h */
	size_t place_count;
	struct wordlist place_files;
	struct wordlist
	    files; /* read for it, and the patterns of Include among them... */
	struct wordlist file_places; /* ... and what of the same number names it */
	struct wordlist warnings;    /* said at start and by -n, one line each */
};

/* Octets of one file that the reader need not go beyond. */
#define CONFIG_FILE_MAX ((size_t)1024 * 1024)

/*
 * The files for the parser, which itself does no I/O.  Tests hand in their own.
 *
 * read: the text of one, free()d by the parser, with a NUL behind its last octet, and
 * sets *len; or NULL with ${why} naming path and reason.  base/file.h's file_read()
 * with CONFIG_FILE_MAX does.
 *
 * list: adds the paths of all that ${pattern} (* ? [ ], as in a shell) fits, in the
 * order of their octets, to ${paths}; none is fine.  False with ${why}: they cannot be
 * told.
 */
struct config_reader {
	char *(*read)(const char *path, size_t *len, char *why, size_t whysize);
	bool (*list)(
	    const char *pattern, struct wordlist *paths, char *why, size_t whysize);
};

/*
 * Read ${path} and what it includes; ${path} NULL: defaults only.  Then ${settings}
 * ("Key=Value", from the command line) on top.  Of a setting given more than once
 * the last counts, but a list in files grows; on the command line it starts anew.
 * Returns a config for config_free(), or NULL with ${why}: file, line, what is wrong
 * and the nearest known key.  Pure but for ${reader}.
 */
struct config *config_load(const char *path, const struct config_reader *reader,
    const char *const *settings, size_t setting_count, char *why, size_t whysize);
void config_free(struct config *config); /* NULL: nothing */

/* Does any setting come from a file? */
bool config_is_from_file(const struct config *config);

/*
 * Put the name of this host in place of the word HOSTNAME (OpenDMARC's) in AuthservID
 * and TrustedAuthservIDs.
 */
#define CONFIG_HOSTNAME "HOSTNAME"
void config_name_host(struct config *config, const char *host);

/* The id of our results, on an MTA that is called ${host_name}. */
const char *config_authserv_id(const struct config *config, const char *host_name);

/* How many Overrides have a last day before ${today}, YYYYMMDD? */
size_t config_expired(const struct config *config, int today);

/*
 * Add a line to ${warnings} for each Override whose last day is before ${today}
 * (YYYYMMDD, local time), on it, or within a week from it, but for what could be told on
 * the day ${told} already; 0: nothing was.
 */
void config_warn_expired(
    const struct config *config, int told, int today, struct wordlist *warnings);

#endif
