#ifndef CTL_AUDIT_PROBED_H
#define CTL_AUDIT_PROBED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What connections to an MX host showed, as plain values: probe*.c fills them in, rules
 * judge them.  Numbers are those of the TLS registries of IANA.  A host is looked at once
 * a run and shared by all domains that name it.  Text from outside is as received.
 */

struct facts_tlsa;

/* Of a certificate that was sent. */
enum probed_key_type { PROBED_KEY_OTHER, PROBED_KEY_RSA, PROBED_KEY_EC, PROBED_KEY_ED };

struct probed_certificate {
	const char *subject;
	const char *key; /* "RSA", "EC P-256", "ED25519": for people */
	enum probed_key_type type;
	int bits;
	uint16_t group;        /* of EC: as a named group of TLS; 0: none of them */
	const char *signature; /* "sha256WithRSAEncryption" */
	uint8_t hash; /* of that signature: HashAlgorithm of RFC 5246; 8: its own (EdDSA);
			 0: not known */
	bool is_root; /* issued by itself: nobody goes by that signature */
	int64_t not_after;
	const char *sha256, *spki_sha256; /* hexadecimal */
};

/* What came of a connection, before any TLS. */
enum probed_end {
	PROBED_NOT_TRIED, /* why: ${phrase} */
	PROBED_UNREACHED, /* no connection: refused, no route, no time */
	PROBED_STOPPED,   /* a reply that sends us away, a close, silence: unknown */
	PROBED_PLAIN,     /* EHLO was answered with 250, and STARTTLS is not offered */
	PROBED_REFUSED,   /* STARTTLS is offered, and is no command there */
	PROBED_INJECTED,  /* octets came behind the 220 of STARTTLS */
	PROBED_TLS        /* ready for a handshake */
};

/* A handshake by OpenSSL. */
enum probed_handshake_end {
	PROBED_HANDSHAKE_NONE, /* was not tried, or did not come to it */
	PROBED_HANDSHAKE_DONE,
	PROBED_HANDSHAKE_FAILED, /* an alert, or what came is no TLS */
	PROBED_HANDSHAKE_CLOSED, /* by the other side, amid it */
	PROBED_HANDSHAKE_SILENT  /* no more time, or too many octets */
};

struct probed_handshake {
	enum probed_handshake_end end;
	const char *phrase; /* why it is not DONE: a phrase of ours */
	uint16_t version, suite, group;
	const struct probed_certificate *chain; /* as sent, the server's own first */
	size_t chain_count;
	/* DANE, where there were usable records */
	bool dane_tried, dane_matched;
	size_t dane_record;      /* matched: which of the host's records */
	bool dane_by_name;       /* matched one of usage 2, where names count */
	const bool *covers;      /* by_name: of the domains of the host, is it, or the
				    host itself, a name of the certificate? */
	const char *dane_phrase; /* not matched: a phrase of ours */
};

#define PROBED_VERSIONS_MAX 5
#define PROBED_BAD_MAX 8
#define PROBED_PHASE_OUT_MAX 4

/* The full set of questions, on one address; each part is known or not. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
struct probed_tls {
	bool is_known;                          /* something was asked */
	uint16_t versions[PROBED_VERSIONS_MAX]; /* 0x0300 ... 0x0304, that are accepted */
	size_t version_count;
	bool old_known;               /* all up to TLS 1.1 were asked for */
	uint16_t bad[PROBED_BAD_MAX]; /* suites, of any version, in the order seen */
	size_t bad_count;
	bool bad_known, bad_more;
	uint16_t phase_out[PROBED_PHASE_OUT_MAX];
	size_t phase_out_count;
	bool phase_out_known, phase_out_more;
	uint16_t suites[PROBED_VERSIONS_MAX * 2]; /* others that were chosen: good ones */
	size_t suite_count;
	uint16_t groups[8]; /* that were chosen, weak ones too */
	size_t group_count;
	uint16_t dh_bits;       /* of a prime for DHE that is no named group; 0: none */
	bool groups_known;      /* weak ones were asked for */
	uint16_t signatures[4]; /* schemes of the exchange that are not SHA-2 */
	size_t signature_count;
	bool signatures_known;
	bool modern_known; /* these three: of a TLS 1.2 with good suites */
	bool compression, no_extended_secret, insecure_renegotiation;
	bool hybrid_known, hybrid; /* post-quantum groups: for information */
	bool order_known,
	    order_wrong; /* what is to be phased out goes before what is good */
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
struct probed_address {
	const char *address;
	enum probed_end end; /* of the first connection that counts */
	const char *phrase;  /* of ours: why; NULL: nothing to say */
	bool no_family;      /* NOT_TRIED: this host has no addresses of that kind */
	const char *words;   /* the server's own; NULL: none */
	const char
	    *dialogue; /* of the first connection, a line each: "> EHLO", "< 250" */
	struct probed_handshake plain,
	    other; /* as it comes; with the other type of key */
	struct probed_tls tls;
	const char *stopped; /* a later one did not come to TLS: a phrase; the rest is
				unknown */
	const char *stopped_words;
	unsigned connections;
};

/* Of a family 4, or as many as the command line has. */
#define PROBED_FAMILY_MAX 4
#define PROBED_ADDRESSES_MAX 16 /* of a host */

struct probed_host {
	const char *name;
	const char *const *domains; /* that send their mail there */
	size_t domain_count;
	const struct facts_tlsa *records;
	size_t record_count;
	const struct probed_address *addresses;
	size_t address_count;
	size_t left_out; /* addresses beyond the bound */
};

#endif
