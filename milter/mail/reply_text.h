#ifndef MAIL_REPLY_TEXT_H
#define MAIL_REPLY_TEXT_H

#include <stdbool.h>

struct evidence;
struct pool;

#define REPLY_TEXT_SIGNATURES 3 /* the first so many are told of in a reason */
#define REPLY_TEXT_MAX 400      /* octets; libmilter takes 980, and nobody reads more */

/*
 * The text of an SMTP reply (RFC 5321 section 4.2): ${template} with its %{words} filled
 * in from ${ev}.  One line of printable ASCII, at most REPLY_TEXT_MAX octets, in ${pool}.
 * Pure.
 */
const char *reply_text_make(
    const char *template, const struct evidence *ev, struct pool *pool);

/*
 * Why a message does not pass, as one phrase: what %{reason} stands for, but for what is
 * said of a bad From to its sender.  In ${pool}; without meaning where DMARC says pass or
 * none.  Pure.
 */
const char *reply_text_reason(const struct evidence *ev, struct pool *pool);

/* Does the From field stand in the way: no author domain that DMARC could judge? */
bool reply_text_is_bad_from(const struct evidence *ev);

/* Is ${template} well formed: known %{words} only?  NULL, or what is wrong. */
const char *reply_text_check(const char *template);

#endif
