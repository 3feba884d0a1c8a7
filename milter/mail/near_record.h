#ifndef MAIL_NEAR_RECORD_H
#define MAIL_NEAR_RECORD_H

#include <stdbool.h>
#include <stddef.h>

struct pool;

/*
 * TXT records that somebody meant as a record of SPF or DMARC, and that are none: they
 * change no result, but whoever published them wants to know.
 */
bool near_record_is_dmarc(const char *text, size_t len); /* at a _dmarc name */
bool near_record_is_spf(const char *text, size_t len);

/* Is what ends before ${end} a tag or modifier?  No field of our log is called so. */
bool near_record_is_tag(const char *text, size_t end);

/*
 * The beginning of a text from outside, to stand in a reason: printable ASCII, bounded,
 * and nothing in it reads as a field of our log.
 */
const char *near_record_quote(const char *text, size_t len, struct pool *pool);

#endif
