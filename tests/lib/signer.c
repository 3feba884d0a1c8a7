#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/pool.h"
#include "signer.h"

#define KEYS_MAX 8
#define BITS_MAX 4096 /* more takes minutes to make */

struct key {
	char *name;
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
	struct signer *s = mem_alloc(sizeof *s);

	s->pool = pool;
	return s;
}

void
signer_free(struct signer *s)
{
	for (size_t i = 0; s != NULL && i < s->count; i++) {
		EVP_PKEY_free(s->keys[i].key);
		free(s->keys[i].name);
	}
	free(s);
}

void
signer_use_pool(struct signer *s, struct pool *pool)
{
	s->pool = pool;
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
	unsigned long bits;

	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->keys[i].name, name) == 0)
			return s->keys[i].key;
	}
	if (s->count == KEYS_MAX)
		return NULL;
	if (is_ed25519(name))
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else if (strncmp(name, "rsa", 3) == 0 &&
		 (bits = strtoul(name + 3, NULL, 10)) <= BITS_MAX)
		key = EVP_RSA_gen((unsigned int)bits);
	if (key != NULL)
		s->keys[s->count++] =
		    (struct key){ .name = mem_strdup(name), .key = key };
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

	if (key == NULL)
		return NULL;
	if (is_ed25519(name)) {
		/* RFC 8463 section 4: the bare 32 octets */
		EVP_PKEY_get_raw_public_key(key, raw, &raw_len);
		text = base64(s, raw, raw_len);
	} else {
		int len = i2d_PUBKEY(key, &der);

		text = base64(s, der, (size_t)len);
		OPENSSL_free(der);
	}
	return pool_printf(s->pool, "v=DKIM1; k=%s;%s p=%s",
	    is_ed25519(name) ? "ed25519" : "rsa", tags, text);
}

/* Canonicalization (RFC 6376 section 3.4), and the signature of section 3.7. */

struct output {
	FILE *file;
	char *data;
	size_t len;
};

/* Text without runs of white space, none at either end; folds are white space. */
static void
put_relaxed(FILE *out, const char *text, size_t len)
{
	bool gap = false, begun = false;

	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0') {
			gap = true;
			continue;
		}
		if (gap && begun)
			fputc(' ', out);
		fputc(text[i], out);
		begun = true;
		gap = false;
	}
}

/* One field, its folds LF, without the line end. */
static void
put_field(FILE *out, const char *field, size_t len, bool relaxed)
{
	const char *colon = memchr(field, ':', len);

	if (relaxed && colon != NULL) {
		for (const char *p = field; p < colon; p++) {
			if (*p != ' ' && *p != '\t')
				fputc(tolower((unsigned char)*p), out);
		}
		fputc(':', out);
		put_relaxed(out, colon + 1, len - (size_t)(colon + 1 - field));
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (field[i] == '\n')
			fputc('\r', out);
		fputc(field[i], out);
	}
}

/* The line without the white space at its end, its runs one space. */
static void
put_relaxed_line(FILE *out, const char *line, size_t len)
{
	bool gap = false;

	for (size_t i = 0; i < len; i++) {
		bool white = line[i] == ' ' || line[i] == '\t';

		if (!white && gap)
			fputc(' ', out);
		if (!white)
			fputc(line[i], out);
		gap = white;
	}
}

/* All lines; empty ones at the end are still there. */
static void
put_body(FILE *out, const char *body, size_t len, bool relaxed)
{
	const char *end = body + len;

	while (body < end) {
		const char *eol = memmem(body, (size_t)(end - body), "\r\n", 2);

		if (eol == NULL)
			eol = end;
		if (relaxed)
			put_relaxed_line(out, body, (size_t)(eol - body));
		else
			fwrite(body, 1, (size_t)(eol - body), out);
		fputs("\r\n", out);
		body = eol + 2;
	}
}

static const char *
body_hash(struct signer *s, const struct signing *how, const char *body, size_t len)
{
	bool relaxed = strstr(how->canon, "/relaxed") != NULL;
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int hash_len;
	struct output o;

	o.file = open_memstream(&o.data, &o.len);
	put_body(o.file, body, len, relaxed);
	if (len == 0)
		fputs("\r\n", o.file);
	fclose(o.file);
	/* one line end stays, but for a relaxed body that is empty */
	while (o.len >= 4 && memcmp(o.data + o.len - 4, "\r\n\r\n", 4) == 0)
		o.len -= 2;
	if (relaxed && o.len == 2)
		o.len = 0;
	if (how->body_length >= 0 && (size_t)how->body_length < o.len)
		o.len = (size_t)how->body_length;
	EVP_Digest(o.data, o.len, hash, &hash_len, EVP_sha256(), NULL);
	free(o.data);
	return base64(s, hash, hash_len);
}

/* The field that begins at ${p}: its length with folds, without the final LF. */
static size_t
field_length(const char *p)
{
	const char *end = strchr(p, '\n');

	while (end != NULL && (end[1] == ' ' || end[1] == '\t'))
		end = strchr(end + 1, '\n');
	return end != NULL ? (size_t)(end - p) : strlen(p);
}

static bool
is_named(const char *field, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && strncasecmp(field, name, n) == 0 &&
	       field[n + strspn(field + n, " \t")] == ':';
}

/* The names of all fields that can be signed: h= takes the last of a name first. */
static const char *
all_names(struct signer *s, const char *header)
{
	const char *list = "";

	while (*header != '\0') {
		size_t len = field_length(header), n = strcspn(header, ": \t\n");

		if (n > 0 && n < len && !is_named(header, len, "DKIM-Signature"))
			list = pool_printf(s->pool, "%.*s%s%s", (int)n, header,
			    *list != '\0' ? ":" : "", list);
		header += len + (header[len] == '\n');
	}
	return list;
}

/* Write the ${nth} field of that name, counted from the bottom (section 5.4.2). */
static void
put_nth_from_below(FILE *out, const char *header, const char *name, int nth, bool relaxed)
{
	int count = 0;

	for (const char *p = header; *p != '\0'; p += field_length(p) + 1)
		count += is_named(p, field_length(p), name);
	for (const char *p = header; *p != '\0'; p += field_length(p) + 1) {
		if (!is_named(p, field_length(p), name) || count-- != nth)
			continue;
		put_field(out, p, field_length(p), relaxed);
		fputs("\r\n", out);
	}
}

/* The fields that h= names, then the signature's own. */
static void
put_signed_header(struct signer *s, FILE *out, const char *names, const char *header,
    const char *own, bool relaxed)
{
	char *list = pool_strdup(s->pool, names), *rest = list, *name;

	while ((name = strsep(&rest, ":")) != NULL) {
		int nth = 1;

		for (char *p = list; p < name; p += strlen(p) + 1)
			nth += strcasecmp(p, name) == 0;
		put_nth_from_below(out, header, name, nth, relaxed);
	}
	put_field(out, own, strlen(own), relaxed);
}

/* RSA signs the hash of the text, Ed25519 the hash as its message (RFC 8463 section 3).
 */
static const char *
sign_text(struct signer *s, const char *kind, const struct output *text)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key = key_get(s, kind);
	unsigned char signature[1024];
	size_t len = sizeof signature;
	int ok;

	if (is_ed25519(kind)) {
		unsigned char hash[EVP_MAX_MD_SIZE];
		unsigned int hash_len;

		EVP_Digest(text->data, text->len, hash, &hash_len, EVP_sha256(), NULL);
		ok = EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
		     EVP_DigestSign(ctx, signature, &len, hash, hash_len) == 1;
	} else {
		ok = EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		     EVP_DigestSign(ctx, signature, &len,
			 (const unsigned char *)text->data, text->len) == 1;
	}
	EVP_MD_CTX_free(ctx);
	return ok ? base64(s, signature, len) : NULL;
}

const char *
signer_sign(struct signer *s, const struct signing *how, const char *header,
    const char *body, size_t body_len)
{
	const char *names = how->headers != NULL ? how->headers : all_names(s, header);
	const char *length =
	    how->body_length < 0 ? "" : pool_printf(s->pool, " l=%ld;", how->body_length);
	const char *own, *b;
	struct output o;

	if (key_get(s, how->key) == NULL)
		return NULL;
	own = pool_printf(s->pool,
	    "DKIM-Signature: v=1; a=%s-sha256; c=%s; d=%s; "
	    "s=%s;%s\n\th=%s;\n\tbh=%s;\n\tb=",
	    is_ed25519(how->key) ? "ed25519" : "rsa", how->canon, how->domain,
	    how->selector, length, names, body_hash(s, how, body, body_len));
	o.file = open_memstream(&o.data, &o.len);
	put_signed_header(
	    s, o.file, names, header, own, strncmp(how->canon, "relaxed", 7) == 0);
	fclose(o.file);
	b = sign_text(s, how->key, &o);
	free(o.data);
	return b != NULL ? pool_printf(s->pool, "%s%s\n", own, b) : NULL;
}
