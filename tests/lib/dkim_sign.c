#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define dkim_lib libopendkim_lib
#include <opendkim/dkim.h>
#undef dkim_lib
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/mem.h"
#include "base/unconst.h"
#include "dkim_sign.h"

/* libopendkim forgets Ed25519 keys that it signed with; its leak is not our finding. */
void __lsan_disable(void) __attribute__((weak)); /* NOLINT: the sanitizer's names */
void __lsan_enable(void) __attribute__((weak));  /* NOLINT */

static void
must(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "dkim_sign: %s failed\n", what);
		abort();
	}
}

static char *
base64(const unsigned char *data, size_t len)
{
	char *text = mem_alloc(len / 3 * 4 + 5);

	EVP_EncodeBlock((unsigned char *)text, data, (int)len);
	return text;
}

static char *
public_text(EVP_PKEY *key, int rsa_bits)
{
	unsigned char *der = NULL, raw[32];
	size_t raw_len = sizeof raw;
	char *text;
	int len;

	if (rsa_bits == 0) {
		must(EVP_PKEY_get_raw_public_key(key, raw, &raw_len) == 1, "raw key");
		return base64(raw, raw_len);
	}
	len = i2d_PUBKEY(key, &der);
	must(len > 0, "public key");
	text = base64(der, (size_t)len);
	OPENSSL_free(der);
	return text;
}

struct sign_key
sign_key_new(int rsa_bits)
{
	struct sign_key made = { .bits = rsa_bits };
	EVP_PKEY *key = rsa_bits > 0
			    ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)rsa_bits)
			    : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *bio = BIO_new(BIO_s_mem());
	char *p, *data;
	long len;

	must(key != NULL &&
		 PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1,
	    "key generation");
	len = BIO_get_mem_data(bio, &data);
	made.pem = mem_strndup(data, (size_t)len);
	p = public_text(key, rsa_bits);
	made.record = mem_alloc(strlen(p) + 40);
	sprintf(made.record, "v=DKIM1; k=%s; p=%s", rsa_bits > 0 ? "rsa" : "ed25519", p);
	free(p);
	BIO_free(bio);
	EVP_PKEY_free(key);
	return made;
}

void
sign_key_clear(struct sign_key *key)
{
	free(key->pem);
	free(key->record);
}

void
dkim_sign_append_field(struct dkim_message *m, const char *name, const char *value)
{
	m->fields = mem_realloc(m->fields, (m->field_count + 1) * sizeof *m->fields);
	m->fields[m->field_count++] = (struct dkim_run_field){ .name = mem_strdup(name),
		.value = mem_strdup(value) };
}

void
dkim_sign_add_field(struct dkim_message *m, const char *name, const char *value)
{
	struct dkim_run_field last;

	dkim_sign_append_field(m, name, value);
	last = m->fields[m->field_count - 1];
	memmove(m->fields + 1, m->fields, (m->field_count - 1) * sizeof last);
	m->fields[0] = last;
}

static DKIM_LIB *
signing_library(const struct sign_options *o)
{
	DKIM_LIB *lib = dkim_init(NULL, NULL);
	uint64_t ttl = (uint64_t)o->lifetime;
	u_int bits = 512;

	must(lib != NULL, "dkim_init");
	/* Tests want keys too that are too short. */
	must(dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &bits,
		 sizeof bits) == DKIM_STAT_OK,
	    "key bits");
	if (o->lifetime > 0)
		must(dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_SIGNATURETTL, &ttl,
			 sizeof ttl) == DKIM_STAT_OK,
		    "lifetime");
	return lib;
}

static char *
make_signature(const struct dkim_message *m, const struct sign_options *o)
{
	DKIM_LIB *lib = signing_library(o);
	DKIM_STAT status;
	DKIM *d = dkim_sign(lib, (const u_char *)"test", NULL, (u_char *)o->key->pem,
	    (const u_char *)o->selector, (const u_char *)o->domain,
	    o->header == DKIM_RELAXED ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
	    o->body == DKIM_RELAXED ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
	    o->key->bits > 0 ? DKIM_SIGN_RSASHA256 : DKIM_SIGN_ED25519SHA256,
	    (ssize_t)o->length, &status);
	u_char *header;
	size_t len;
	char *value;

	must(d != NULL, "dkim_sign");
	/* It signs one way of folding and writes another: without folds both agree. */
	if (o->header == DKIM_SIMPLE)
		must(dkim_set_margin(d, 0) == DKIM_STAT_OK, "margin");
	for (size_t i = 0; i < m->field_count; i++) {
		size_t size = strlen(m->fields[i].name) + strlen(m->fields[i].value) + 2;
		char *text = mem_alloc(size);

		snprintf(text, size, "%s:%s", m->fields[i].name, m->fields[i].value);
		must(dkim_header(d, (u_char *)text, strlen(text)) == DKIM_STAT_OK,
		    "header");
		free(text);
	}
	must(dkim_eoh(d) == DKIM_STAT_OK, "eoh");
	if (m->body_len > 0)
		must(
		    dkim_body(d, (u_char *)m->body, m->body_len) == DKIM_STAT_OK, "body");
	must(dkim_eom(d, NULL) == DKIM_STAT_OK, "eom");
	must(dkim_getsighdr_d(d, strlen("DKIM-Signature: "), &header, &len) ==
		 DKIM_STAT_OK,
	    "signature");
	value = mem_alloc(len + 2);
	value[0] = ' ';
	memcpy(value + 1, header, len);
	dkim_free(d);
	dkim_close(lib);
	return value;
}

void
dkim_sign_message(struct dkim_message *m, const struct sign_options *o)
{
	char *value;

	if (__lsan_disable != NULL)
		__lsan_disable();
	value = make_signature(m, o);
	if (__lsan_enable != NULL)
		__lsan_enable();
	dkim_sign_add_field(m, "DKIM-Signature", value);
	free(value);
}
