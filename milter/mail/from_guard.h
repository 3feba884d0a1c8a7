#ifndef MAIL_FROM_GUARD_H
#define MAIL_FROM_GUARD_H

#include <stdbool.h>

/*
 * A physical line with more octets than this is broken or cut by an MTA that handles the
 * message after us: Postfix's smtp(8) and lmtp(8) break after 998, Sendmail's mailers put
 * "!" and a line end after 989.  A line of an honest From has 192 at most, one of honest
 * results 534.
 */
#define FROM_GUARD_LINE_MAX 900

/* Has a field such a line?  ${name} and the colon count with the first. */
bool from_guard_is_long(const char *name, const char *value);

/*
 * What a From field must not have, as the MTA rewrites it behind us and then another
 * author stands there: why it is refused, a constant, or NULL.  Holds of well formed and
 * malformed fields alike, and no second reading takes it back.  Where the MTA is not
 * ${postfix} it is taken for Sendmail, whose default rewrites more.  ${name} as received.
 * Pure.
 */
const char *from_guard(const char *name, const char *value, bool postfix);

#endif
