#ifndef MAIL_AUTHRES_H
#define MAIL_AUTHRES_H

struct evidence;
struct pool;

/* What authres_format() says beyond the evidence: what our own rules did. */
struct authres_outcome {
	const char
	    *disposition;   /* dis=: "none", "quarantine" or "reject": what was done */
	const char *would;  /* monitor mode: what would have been done; or NULL */
	const char *rule;   /* the rule where it departs from the policy, or NULL */
	const char *reason; /* the Override's reason, or NULL */
};

/*
 * Octets of the field's value beyond which signatures are counted only: Sendmail takes
 * 32768 for the whole header, libmilter 65535 for one field, and a field that the MTA
 * does not take would defer the message for ever.  What stands before the signatures is
 * shorter.
 */
#define AUTHRES_MAX 8192
#define AUTHRES_COUNT_MAX 48 /* and the count behind it */

/*
 * The value of our Authentication-Results field (RFC 8601): dmarc first, folded
 * with LF and a space at or before 78 columns where words allow, leading space
 * included ("Authentication-Results:" + value is the field).  No octet from
 * outside gets in unless it is a token or quoted; never CR, NUL or a bare LF.  At most
 * AUTHRES_MAX octets and AUTHRES_COUNT_MAX, whatever the evidence.
 * Lives in ${pool}.
 */
char *authres_format(const char *authserv_id, const struct evidence *ev,
    const struct authres_outcome *outcome, struct pool *pool);

/*
 * The value of a Received-SPF field (RFC 7208 section 9.1) for ${ev}'s MAIL FROM
 * result, written by us alone, leading space included.  Lives in ${pool}.
 */
char *authres_received_spf(
    const char *host_name, const struct evidence *ev, struct pool *pool);

#endif
