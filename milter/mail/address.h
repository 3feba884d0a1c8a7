#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct pool;

/*
 * A domain in normal form: A-labels (libidn2, UTS 46 non-transitional), lower
 * case, one final dot off; labels of 1 to 63 octets of a-z 0-9 - _, 253 in all.  A
 * single label is a domain, a domain literal is none.  Returns it in ${pool}, or
 * NULL: no domain.  ${text} need not end with a NUL and may hold any octets.
 */
const char *address_domain(const char *text, size_t len, struct pool *pool);

/*
 * ${domain}, which may be any text, with its A-labels as UTF-8 (U-labels), in ${pool};
 * NULL: it is not in normal form, or what its labels say would not become them again. For
 * display beside the domain, never to compare.
 */
const char *address_letters(const char *domain, struct pool *pool);

/* Both in normal form: is ${name} equal to ${parent}, or below it by whole labels? */
bool address_is_within(const char *name, const char *parent);

/* The parts of a reverse-path (RFC 5321 section 4.1.2). */
struct address {
	bool null;          /* <> */
	const char *local;  /* local part as said, quotes kept; "" if there is none */
	const char *domain; /* normal form; NULL: none, or not a domain */
};

/*
 * Read the argument of MAIL as the MTA hands it over: with or without <>, with a
 * source route (dropped), a quoted local part, UTF-8, or junk.
 */
struct address address_reverse_path(const char *argument, struct pool *pool);

/* libidn2's version, which is in use, in ${text}. */
void address_library_version(char *text, size_t size);

#endif
