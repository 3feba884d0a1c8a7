#ifndef MAIL_AUTHRES_ID_H
#define MAIL_AUTHRES_ID_H

#include <stdbool.h>
#include <stddef.h>

struct wordlist;

/* Whose Authentication-Results a field is (RFC 8601 section 5): its authserv-id, read. */

/*
 * Are two authserv-ids one: in any case, with or without a final dot, as A-labels or
 * U-labels?  ${id} has ${len} octets.
 */
bool authres_id_is_same(const char *id, size_t len, const char *ours);

/*
 * Does an Authentication-Results value claim to come from ${authserv_id}: is its
 * first token after CFWS that id (see above; quoted or not, with a version, as
 * id/jobid)?  What cannot be parsed
 * but begins with the id claims it too, and so does what has no id that can be read.
 * No prefix or suffix match.  ${trusted} (NULL: none) names ids of earlier local
 * filters: only for one in the form of our id/jobid does that make a difference,
 * every other id is no claim, and our own id in it is of no effect.
 */
bool authres_id_claims(
    const char *value, const char *authserv_id, const struct wordlist *trusted);

#endif
