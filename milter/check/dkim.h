#ifndef CHECK_DKIM_H
#define CHECK_DKIM_H

#include <stddef.h>
#include <time.h>

#include "mail/evidence.h"

struct pool;
struct questions;

/* The options, libopendkim and the key cache: one for the daemon, used by all threads. */
struct dkim_lib;

/* The signatures of one message; used by one thread at a time. */
struct dkim_check;

struct dkim_lib_options {
	int minimum_key_bits; /* RSA; MinimumKeyBits */
	int maximum_signatures;
	size_t key_cache_entries; /* 0: the default */
};

struct dkim_lib *dkim_lib_open(
    const struct dkim_lib_options *options, char *why, size_t whysize);
void dkim_lib_close(struct dkim_lib *lib); /* NULL: nothing */

/*
 * Begin a message; then all header fields in order, eoh, the body in pieces of any
 * size, end; free at any point.  ${now} is the time that t= and x= are held
 * against.  ${q}, ${pool} and ${lib} must outlive the check.
 */
struct dkim_check *dkim_check_begin(
    struct dkim_lib *lib, struct questions *q, time_t now, struct pool *pool);

/* ${value}: all behind the colon, leading space and LF folds kept. */
void dkim_check_header(struct dkim_check *c, const char *name, const char *value);

/*
 * The header was not kept whole (its caps): every signature is "policy" with
 * ${reason}, a constant.  Before dkim_check_eoh().
 */
void dkim_check_withhold(struct dkim_check *c, const char *reason);

/*
 * Ends the header: maximum_signatures of those that can pass are chosen, first those
 * of ${author} (the author domain in normal form, or NULL), above or below it, then
 * the others, each from the top.  Keys are asked for, nothing waits.
 */
void dkim_check_eoh(struct dkim_check *c, const char *author);
void dkim_check_body(struct dkim_check *c, const unsigned char *data, size_t len);

/*
 * One finding a signature, in header order, in the pool; at most 100 are listed, the
 * last then tells how many there were.  Once.  Blocks on DNS.
 */
const struct dkim_evidence *dkim_check_end(struct dkim_check *c, size_t *count);
void dkim_check_free(struct dkim_check *c); /* NULL: nothing */

#endif
