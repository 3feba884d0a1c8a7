#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>

#include <opendkim/dkim.h>

#include "base/pool.h"
#include "base/unconst.h"
#include "signer.h"

#define KEYS_MAX 8

struct key {
	const char *name;
	EVP_PKEY *key;
};

struct signer {
	struct pool *pool;
	struct key keys[KEYS_MAX];
	size_t count;
};

struct signer *
signer_new(struct pool *pool)
{
	struct signer *s = pool_alloc(pool, sizeof *s);

	s->pool = pool;
	return s;
}

void
signer_free(struct signer *s)
{
	for (size_t i = 0; s != NULL && i < s->count; i++)
		EVP_PKEY_free(s->keys[i].key);
}

static bool
is_ed25519(const char *name)
{
	return strcmp(name, "ed25519") == 0;
}

/* The key called ${name}, made now if need be; NULL: no such kind. */
static EVP_PKEY *
key_get(struct signer *s, const char *name)
{
	EVP_PKEY *key = NULL;

	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->keys[i].name, name) == 0)
			return s->keys[i].key;
	}
	if (s->count == KEYS_MAX)
		return NULL;
	if (is_ed25519(name))
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else if (strncmp(name, "rsa", 3) == 0)
		key = EVP_RSA_gen((unsigned int)strtoul(name + 3, NULL, 10));
	if (key != NULL)
		s->keys[s->count++] =
		    (struct key){ .name = pool_strdup(s->pool, name), .key = key };
	return key;
}

static const char *
base64(struct signer *s, const unsigned char *data, size_t len)
{
	unsigned char *text = pool_alloc(s->pool, len / 3 * 4 + 8);

	EVP_EncodeBlock(text, data, (int)len);
	return (const char *)text;
}

const char *
signer_record(struct signer *s, const char *name, const char *tags)
{
	EVP_PKEY *key = key_get(s, name);
	unsigned char raw[32], *der = NULL;
	size_t raw_len = sizeof raw;
	const char *text;
	int len;

	if (key == NULL)
		return NULL;
	if (is_ed25519(name)) {
		/* RFC 8463 section 4: the bare 32 octets */
		EVP_PKEY_get_raw_public_key(key, raw, &raw_len);
		text = base64(s, raw, raw_len);
	} else {
		len = i2d_PUBKEY(key, &der);
		text = base64(s, der, (size_t)len);
		OPENSSL_free(der);
	}
	return pool_printf(s->pool, "v=DKIM1; k=%s;%s p=%s",
	    is_ed25519(name) ? "ed25519" : "rsa", tags, text);
}

static const char *
private_pem(struct signer *s, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	const char *text = NULL;
	long len;

	if (PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
		len = BIO_get_mem_data(bio, &data);
		text = pool_strndup(s->pool, data, (size_t)len);
	}
	BIO_free(bio);
	return text;
}

static DKIM_LIB *
library_open(struct signer *s, const struct signing *how)
{
	DKIM_LIB *lib = dkim_init(NULL, NULL);
	char *list = how->headers != NULL ? pool_strdup(s->pool, how->headers) : NULL;
	const u_char *names[32];
	char *rest = NULL;
	/* a signature says nothing of those that stand below it */
	const u_char *skipped[] = { (const u_char *)"DKIM-Signature", NULL };
	unsigned int key_bits = 512; /* also keys that nobody should use */
	size_t n = 0;

	dkim_options(
	    lib, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &key_bits, sizeof key_bits);
	dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_SKIPHDRS, skipped, sizeof(u_char **));
	if (list == NULL)
		return lib;
	for (char *w = strtok_r(list, ":", &rest); w != NULL && n < 31;
	     w = strtok_r(NULL, ":", &rest))
		names[n++] = (const u_char *)w;
	names[n] = NULL;
	dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_SIGNHDRS, names, sizeof(u_char **));
	return lib;
}

/* Hand over each field with its folds as CRLF. */
static bool
feed_header(struct signer *s, DKIM *dkim, const char *header)
{
	while (*header != '\0') {
		const char *end = strchr(header, '\n');
		size_t n = 0;
		char *field;

		while (end != NULL && (end[1] == ' ' || end[1] == '\t'))
			end = strchr(end + 1, '\n');
		if (end == NULL)
			return false;
		field = pool_alloc(s->pool, (size_t)(end - header) * 2 + 1);
		for (const char *p = header; p < end; p++) {
			if (*p == '\n')
				field[n++] = '\r';
			field[n++] = *p;
		}
		/* what is no field for the library is no part of the signature */
		dkim_header(dkim, (u_char *)field, n);
		header = end + 1;
	}
	return true;
}

static const char *
finish(struct signer *s, DKIM *dkim, const char *body, size_t body_len)
{
	u_char *copy = pool_alloc(s->pool, body_len + 1);
	u_char *field;
	size_t len;
	bool testkey;

	memcpy(copy, body, body_len);
	if (dkim_eoh(dkim) != DKIM_STAT_OK ||
	    dkim_body(dkim, copy, body_len) != DKIM_STAT_OK ||
	    dkim_eom(dkim, &testkey) != DKIM_STAT_OK ||
	    dkim_getsighdr_d(dkim, sizeof "DKIM-Signature: " - 1, &field, &len) !=
		DKIM_STAT_OK)
		return NULL;
	return pool_printf(s->pool, "DKIM-Signature: %.*s\n", (int)len, (char *)field);
}

/* The library folds with CRLF. */
static const char *
without_cr(char *text)
{
	char *out = text;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p != '\r')
			*out++ = *p;
	}
	*out = '\0';
	return text;
}

const char *
signer_sign(struct signer *s, const struct signing *how, const char *header,
    const char *body, size_t body_len)
{
	EVP_PKEY *key = key_get(s, how->key);
	const char *pem = key != NULL ? private_pem(s, key) : NULL;
	const char *field = NULL;
	DKIM_STAT status;
	DKIM_LIB *lib;
	DKIM *dkim;

	if (pem == NULL)
		return NULL;
	lib = library_open(s, how);
	dkim = dkim_sign(lib, (const u_char *)"test", NULL, (dkim_sigkey_t)unconst(pem),
	    (const u_char *)how->selector, (const u_char *)how->domain,
	    strncmp(how->canon, "simple", 6) == 0 ? DKIM_CANON_SIMPLE
						  : DKIM_CANON_RELAXED,
	    strstr(how->canon, "/relaxed") != NULL ? DKIM_CANON_RELAXED
						   : DKIM_CANON_SIMPLE,
	    is_ed25519(how->key) ? DKIM_SIGN_ED25519SHA256 : DKIM_SIGN_RSASHA256,
	    how->body_length, &status);
	if (dkim != NULL && feed_header(s, dkim, header))
		field = finish(s, dkim, body, body_len);
	dkim_free(dkim);
	dkim_close(lib);
	return field != NULL ? without_cr(pool_strdup(s->pool, field)) : NULL;
}
