#ifndef MTA_MODEL_H
#define MTA_MODEL_H

struct pool;

/*
 * What MTAs make of a field behind the filter, as far as it can hurt: seen with Postfix
 * 3.7 and Sendmail 8.17, and written from what they did, not from their code.  Fields are
 * values with LF folds, as the filter gets them; what is returned lives in ${pool}.
 */

/* Postfix smtp(8), lmtp(8): a line of more than 998 octets goes on behind LF SP. */
const char *mta_model_postfix_break(
    const char *name, const char *value, struct pool *pool);

/* Sendmail's mailers: of a line of more than 990 the first 989, then "!" LF SP. */
const char *mta_model_sendmail_break(
    const char *name, const char *value, struct pool *pool);

/*
 * Sendmail: a phrase with a "." or "'" outside quotes becomes one quoted string, in which
 * each \" of its parts is a plain quote.
 */
const char *mta_model_requote(const char *value, struct pool *pool);

/* Sendmail: a mailbox (up to a comma outside quotes and comments) keeps 255 octets. */
const char *mta_model_cut(const char *value, struct pool *pool);

/* Sendmail: of a quoted string of more than 255 octets each 255 are an address by itself.
 */
const char *mta_model_split(const char *value, struct pool *pool);

/* Sendmail: what has no "@" outside quotes and comments is read as u%d and d!u. */
const char *mta_model_route(const char *value, struct pool *pool);

/* Either: an address whose domain has no dot gets the domain of the school behind it. */
const char *mta_model_complete(const char *value, struct pool *pool);

#endif
