#ifndef CTL_AUDIT_SERVER_H
#define CTL_AUDIT_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/netlist.h"
#include "base/wordlist.h"

/* What this host says of itself, as plain values: audit_server.c fills them in. */

struct server_door {       /* who may come in unchecked */
	const char *what;  /* the setting, and what it says */
	const char *until; /* NULL: for ever */
	bool is_huge;      /* a /8 or wider */
};

/* How it sends mail to others, as Postfix has it; only where there is one. */
struct server_sending {
	const char *relay;    /* all of it through that host; NULL: by itself */
	const char *tls;      /* smtp_tls_security_level, "none" where there is no TLS */
	const char *dns;      /* smtp_dns_support_level */
	const char *resolver; /* one that Postfix asks over the network; NULL: none */
};

/* The newest evidence of `beschermctl prove`. */
enum server_proven {
	SERVER_PROVEN_NOT, /* there is none, or not all could be tested */
	SERVER_PROVEN_MET,
	SERVER_PROVEN_NOT_MET
};

struct server_proof {
	enum server_proven verdict;
	const char *day;    /* "2026-11-30"; NULL: there is no evidence */
	bool is_fresh;      /* at most SERVER_PROOF_DAYS old */
	bool same_settings; /* as now */
	const char *unread; /* what could not be read; NULL: nothing */
	const char *unread_why;
};

#define SERVER_PROOF_DAYS 92

struct server {
	bool is_known;            /* false: was not looked at; all else has no meaning */
	struct wordlist names;    /* of MX hosts that are this host */
	struct netlist addresses; /* of its interfaces */
	const char *settings_wrong; /* why they do not load; NULL: they do */
	bool monitor, reject_accepts, quarantine_accepts;
	bool socket_is_known, socket_answers;
	bool has_postfix;
	size_t postfix_faults;
	const char *postfix_first; /* the first fault, in the language of the program */
	bool passes_without_us;    /* milter_default_action = accept */
	bool has_tls_file;         /* Postfix knows tls_config_file */
	struct server_sending sending;
	const struct server_door *doors;
	size_t door_count;
	const char *settings_sha256; /* NULL: they do not load */
	struct server_proof proof;
	bool has_history;
	int64_t messages, refused, marked; /* in the last 30 days */
};

#define SERVER_HISTORY_DAYS 30

#endif
