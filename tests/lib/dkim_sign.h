#ifndef DKIM_SIGN_H
#define DKIM_SIGN_H

#include <stddef.h>

#include "dkim_run.h"
#include "mail/dkim_tags.h"

/* A key pair made at run time, and the record to publish. */
struct sign_key {
	char *pem;
	char *record;
	int bits; /* of RSA; 0: Ed25519 */
};

struct sign_key sign_key_new(int rsa_bits); /* 0: Ed25519 */
void sign_key_clear(struct sign_key *key);

struct sign_options {
	const struct sign_key *key;
	const char *domain, *selector;
	enum dkim_canonicalization header, body;
	long length;   /* l=; -1: none */
	long lifetime; /* x= is so many seconds ahead; 0: none */
};

/*
 * Signs with libopendkim's own signing side and puts the signature on top of the
 * fields.  ${m}->body must end with CRLF.
 */
void dkim_sign_message(struct dkim_message *m, const struct sign_options *options);

/* Puts a field on top, or at the end. */
void dkim_sign_add_field(struct dkim_message *m, const char *name, const char *value);
void dkim_sign_append_field(struct dkim_message *m, const char *name, const char *value);

#endif
