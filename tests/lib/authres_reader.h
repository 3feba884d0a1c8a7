#ifndef AUTHRES_READER_H
#define AUTHRES_READER_H

#include <stddef.h>

struct pool;

#define AUTHRES_READER_PROPERTIES 16

/* One method with its result (RFC 8601 section 2.2): values without their quotes. */
struct authres_reader_method {
	const char *method, *result;
	const char *reason; /* NULL: none */
	size_t property_count;
	struct {
		const char *name; /* "header.from" */
		const char *value;
	} properties[AUTHRES_READER_PROPERTIES];
};

struct authres_reading {
	const char *id;
	const char *version; /* NULL: none */
	struct authres_reader_method *methods;
	size_t count; /* 0: "none" */
};

/*
 * A second reader of Authentication-Results, for tests: strictly RFC 8601 (with RFC
 * 6532 for octets above 127, without white space around the dot of a property), and
 * nothing in common with mail/authres.c.  NULL: not well formed.  What it returns lives
 * in ${pool}.
 */
const struct authres_reading *authres_reader_read(const char *value, struct pool *pool);

/* The value of a property of one method, or NULL. */
const char *authres_reader_property(
    const struct authres_reader_method *method, const char *name);

#endif
