#ifndef CONFIG_CONFIG_TABLE_H
#define CONFIG_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct config;
struct netlist;

/* The table of all settings: what each is called, may be, and is for. */
enum config_type {
	CONFIG_BOOL,     /* bool */
	CONFIG_INT,      /* int within min..max */
	CONFIG_MODE,     /* int, permission bits in octal */
	CONFIG_TIME,     /* int, milliseconds within min..max */
	CONFIG_WORD,     /* int, one of words */
	CONFIG_STRING,   /* char *, printable text without blanks */
	CONFIG_SOCKET,   /* char *, "unix:/path", "inet:port@host" */
	CONFIG_METRICS,  /* char *, "/path.prom" or nothing */
	CONFIG_TEXT,     /* char *, RejectText */
	CONFIG_CONNINFO, /* char *, of PostgreSQL, without a password */
	CONFIG_ID,       /* char *, an authserv-id (RFC 8601 section 2.5) or nothing */
	CONFIG_RELAY_RESULTS, /* "ID", "ID strips" or nothing: relay_results_id, _strips
			       */
	CONFIG_MARK,          /* "Name: value": quarantine_header_name, _value */
	CONFIG_CODE,          /* "550 5.7.26": reject_code, reject_enhanced */
	CONFIG_IDS,           /* struct wordlist of authserv-ids */
	CONFIG_DOMAIN,        /* char *, a domain in normal form or nothing */
	CONFIG_DOMAINS,       /* struct wordlist of domains in normal form */
	CONFIG_ADDRESS,       /* char *, a mail address or nothing */
	CONFIG_EXCLUDES,      /* struct wordlist of domains, .domains and addresses */
	CONFIG_SERVERS,       /* struct wordlist of name servers */
	CONFIG_NETWORKS,      /* struct netlist */
	CONFIG_FORWARDERS,    /* forwarders, forwarder_count */
	CONFIG_OVERRIDES      /* overrides, override_count */
};

/* A word that a setting may be, and the value it stands for. */
struct config_word {
	const char *word; /* NULL ends a list of them */
	int value;
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
struct config_row {
	const char *name;
	enum config_type type;
	size_t offset;     /* in struct config; 0 where the type says which fields */
	const char *value; /* the default, as a conf file would say it; "" = empty */
	int min, max;      /* CONFIG_INT, CONFIG_TIME */
	const struct config_word *words; /* CONFIG_WORD */
	const char *help;                /* one line for the conf file */
	const char *heading;             /* begins a group of the conf file; or NULL */
	const char *example;             /* a second value for the conf file; or NULL */
	bool restart; /* a reload cannot change it: it waits for a restart */
}; /* NOLINT(clang-analyzer-optin.performance.Padding): rows read in this order */

const struct config_row *config_table_rows(size_t *count);
size_t config_table_index(const struct config_row *row);

/* The row called ${name}, any case; NULL: none. */
const struct config_row *config_table_find(const char *name);

/* The list of ${config} that a row of type CONFIG_NETWORKS names. */
const struct netlist *config_table_networks(
    const struct config *config, const struct config_row *row);

/* The words for what is done with a message: of OnReject and its like, and of Override.
 */
const struct config_word *config_table_actions(void);

/* The value of the word ${text}, any case; false with ${why}: it is none of ${words}. */
bool config_table_word(
    const struct config_word *words, const char *text, int *value, struct buf *why);

/* The word for ${value}; "": there is none. */
const char *config_table_word_of(const struct config_word *words, int value);

/* The name of a setting, or key of OpenDMARC, most like ${name}; NULL: none is near. */
const char *config_table_nearest(const char *name);

#endif
