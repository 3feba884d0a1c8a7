#ifndef MAIL_RELAY_SAID_H
#define MAIL_RELAY_SAID_H

#include <stdbool.h>

struct header_list;
struct pool;

/*
 * Words that a sender chooses and that a relay may put into its results as they are: in
 * one that has no mark of that field's grammar there can be no result.  All pure.
 */

/*
 * What was said in HELO; NULL: not known, as the relay's ${received} field cannot be
 * read. That field has no "=pass" either, wherever it has its words from.
 */
bool relay_said_is_plain_helo(const char *helo, const char *received);

/* The argument of MAIL, with or without <>. */
bool relay_said_is_plain_path(const char *path);

/* What is copied of each DKIM-Signature that is kept: a=, d=, s=, b=, and i= decoded. */
bool relay_said_are_plain_signatures(
    const struct header_list *headers, struct pool *pool);

#endif
