#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/mem.h"
#include "check/body_hash.h"
#include "mail/dkim_body.h"

/* Short runs are gathered: each call into OpenSSL costs as much as 50 octets. */
#define GATHER_SIZE 8192

struct first {
	uint64_t length;
	unsigned char hash[DKIM_HASH_SIZE];
};

struct body_hash {
	struct dkim_body body;
	EVP_MD_CTX *sha256;
	uint64_t hashed; /* octets */
	struct first *firsts;
	size_t first_count;
	unsigned char whole[DKIM_HASH_SIZE];
	size_t gathered_len;
	char gathered[GATHER_SIZE]; /* not zeroed */
};

/* The hash functions fail for want of memory only. */
static void
must(int success)
{
	if (success != 1)
		abort();
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *fetched;

static void
fetch(void)
{
	fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
	ERR_clear_error();
}

/* EVP_sha256() would be looked for in OpenSSL's providers for each message. */
static const EVP_MD *
sha256(void)
{
	if (pthread_once(&once, fetch) != 0)
		abort();
	return fetched;
}

bool
body_hash_is_possible(void)
{
	return sha256() != NULL;
}

static void
finish(EVP_MD_CTX *sha256, unsigned char hash[DKIM_HASH_SIZE])
{
	must(EVP_DigestFinal_ex(sha256, hash, NULL));
}

/* The hash up to here, while the hashing goes on. */
static void
note(const struct body_hash *h, struct first *first)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();

	must(copy != NULL && EVP_MD_CTX_copy_ex(copy, h->sha256));
	finish(copy, first->hash);
	EVP_MD_CTX_free(copy);
}

/* The wanted length that comes next, at most ${len} octets from here; NULL: none. */
static struct first *
next_first(struct body_hash *h, size_t len)
{
	struct first *next = NULL;

	for (size_t i = 0; i < h->first_count; i++) {
		struct first *f = &h->firsts[i];

		if (f->length > h->hashed && f->length - h->hashed <= len &&
		    (next == NULL || f->length < next->length))
			next = f;
	}
	return next;
}

static void
update(struct body_hash *h, const char *data, size_t len)
{
	struct first *first;

	while ((first = next_first(h, len)) != NULL) {
		size_t part = (size_t)(first->length - h->hashed);

		must(EVP_DigestUpdate(h->sha256, data, part));
		h->hashed += part;
		note(h, first);
		data += part;
		len -= part;
	}
	must(EVP_DigestUpdate(h->sha256, data, len));
	h->hashed += len;
}

static void
flush(struct body_hash *h)
{
	if (h->gathered_len > 0)
		update(h, h->gathered, h->gathered_len);
	h->gathered_len = 0;
}

static void
take(void *cookie, const char *data, size_t len)
{
	struct body_hash *h = cookie;

	if (len > GATHER_SIZE - h->gathered_len)
		flush(h);
	if (len >= GATHER_SIZE) {
		update(h, data, len);
		return;
	}
	memcpy(h->gathered + h->gathered_len, data, len);
	h->gathered_len += len;
}

struct body_hash *
body_hash_new(enum dkim_canonicalization canon)
{
	struct body_hash *h = mem_room(sizeof *h);

	memset(h, 0, offsetof(struct body_hash, gathered));
	h->sha256 = EVP_MD_CTX_new();
	must(h->sha256 != NULL && EVP_DigestInit_ex(h->sha256, sha256(), NULL));
	dkim_body_begin(&h->body, canon, take, h);
	return h;
}

void
body_hash_free(struct body_hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->sha256);
	free(h->firsts);
	free(h);
}

static struct first *
find_first(const struct body_hash *h, uint64_t length)
{
	for (size_t i = 0; i < h->first_count; i++) {
		if (h->firsts[i].length == length)
			return &h->firsts[i];
	}
	return NULL;
}

void
body_hash_want(struct body_hash *h, uint64_t length)
{
	struct first *first;

	if (find_first(h, length) != NULL)
		return;
	h->firsts = mem_realloc(h->firsts, (h->first_count + 1) * sizeof *h->firsts);
	first = &h->firsts[h->first_count++];
	first->length = length;
	if (length == 0)
		note(h, first);
}

void
body_hash_piece(struct body_hash *h, const unsigned char *data, size_t len)
{
	dkim_body_piece(&h->body, (const char *)data, len);
}

void
body_hash_end(struct body_hash *h)
{
	dkim_body_end(&h->body);
	flush(h);
	finish(h->sha256, h->whole);
}

const unsigned char *
body_hash_whole(const struct body_hash *h, uint64_t *length)
{
	*length = h->hashed;
	return h->whole;
}

const unsigned char *
body_hash_first(const struct body_hash *h, uint64_t length)
{
	const struct first *first = find_first(h, length);

	return first != NULL && length <= h->hashed ? first->hash : NULL;
}

void
body_hash_octets(const char *data, size_t len, unsigned char hash[DKIM_HASH_SIZE])
{
	must(EVP_Digest(data, len, hash, NULL, sha256(), NULL));
}

void
body_hash_library_version(char *text, size_t size)
{
	snprintf(text, size, "%s", OpenSSL_version(OPENSSL_VERSION_STRING));
}
