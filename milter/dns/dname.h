#ifndef DNS_DNAME_H
#define DNS_DNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 254 octets of labels and dots, each at most \DDD, and the NUL. */
#define DNAME_TEXT_SIZE 1024

/*
 * Domain names as text in one normal form: lower case, no final dot, "." for the
 * root, every octet that is no letter, digit, hyphen or underscore as \DDD.  Two
 * names are equal if their normal forms are.
 */

/*
 * ${text}: final dot or not, any case, no escape but \DDD.  False: no name that can
 * be asked (RFC 1035 section 2.3.4: a label over 63, over 253 in all; an empty one).
 */
bool dname_normal(const char *text, char normal[DNAME_TEXT_SIZE]);

/*
 * The last two labels of a name in normal form, a pointer into it: near enough to who
 * answers for it, and without what a macro of SPF put in front, such as a local part.
 */
const char *dname_domain(const char *normal);

/* Is a name at or below ${domain}?  Both in normal form. */
bool dname_is_within(const char *normal, const char *domain);

/* An uncompressed name as on the wire.  Returns the octets it takes; 0: malformed. */
size_t dname_from_wire(const uint8_t *wire, size_t len, char normal[DNAME_TEXT_SIZE]);

#endif
