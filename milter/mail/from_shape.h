#ifndef MAIL_FROM_SHAPE_H
#define MAIL_FROM_SHAPE_H

#include <stdbool.h>

#include "mail/evidence.h"

struct pool;

/*
 * The second reading of a From field that is malformed (header_from_domain()), and that
 * no guard holds for (from_guard()): is it of the one shape NAME <ADDR>, in which no
 * reader that we know sees another domain?  Returns ADDR's domain in normal form, in
 * ${pool}, or NULL.  ${postfix}: "," and ";" may stand behind it, as Postfix leaves them
 * there.
 *
 * Exactly this shape was held against fourteen readers and two mail servers; a wider one
 * ("one domain anywhere") is not safe.  Pure.
 */
const char *from_shape_domain(const char *value, bool postfix, struct pool *pool);

/*
 * Of a malformed value: one address in <> with a name before it that double quotes mend?
 * A comma, semicolon or colon may be what ails the name, but not between addresses.
 */
bool from_shape_wants_quotes(const char *value, struct pool *pool);

/*
 * Is a malformed field of a bounce (null reverse-path) one without any address: a name
 * and
 * "<>", a word, or nothing?  Sets *bounce.  Pure.
 */
bool from_shape_bounce(const char *value, enum from_bounce *bounce, struct pool *pool);

#endif
