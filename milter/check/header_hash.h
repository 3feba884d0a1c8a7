#ifndef CHECK_HEADER_HASH_H
#define CHECK_HEADER_HASH_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/dkim_field.h"
#include "mail/dkim_tags.h"

/*
 * The header hashes of signatures (RFC 6376 section 3.7), made by libopendkim: it
 * selects and canonicalizes the fields that h= names.  It gets no key and no body.
 */

/* The library: one for the daemon, used by all threads. */
struct header_hash_lib;

struct header_hash_lib *header_hash_open(char *why, size_t whysize);
void header_hash_close(struct header_hash_lib *lib); /* NULL: nothing */

struct header_hash {
	const struct dkim_signature *signature; /* as we have read it */
	/* Why there is none, a constant, and the result that makes; or NULL. */
	const char *reason;
	enum dkim_result result;
	unsigned char value[DKIM_HASH_SIZE];
};

#define HEADER_HASHES_MAX 100

/*
 * ${wanted}: one for each signature among ${fields}, in their order, each of them
 * vetted; at most HEADER_HASHES_MAX.  False: the library failed, and ${wanted} means
 * nothing.  Does not block.
 */
bool header_hash_ask(struct header_hash_lib *lib, const struct dkim_field *fields,
    struct header_hash *const *wanted, size_t count);

/* libopendkim's version, which is in use, in ${text}. */
void header_hash_library_version(char *text, size_t size);

#endif
