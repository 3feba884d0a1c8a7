#ifndef CTL_AUDIT_STS_POLICY_H
#define CTL_AUDIT_STS_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

/* The policy file of MTA-STS (RFC 8461 section 3.2).  Pure. */

enum sts_policy_mode { STS_POLICY_NONE, STS_POLICY_TESTING, STS_POLICY_ENFORCE };

#define STS_POLICY_MX_MAX 100

struct sts_policy {
	enum sts_policy_mode mode;
	uint32_t max_age;      /* seconds */
	const char *const *mx; /* "mx.example" or "*.example", normal form */
	size_t mx_count;
};

/*
 * Read ${len} octets, any.  NULL, or what is wrong with them, a phrase to be translated;
 * ${policy} then is as far as it was read.  It lives in ${pool}.
 */
const char *sts_policy_read(
    const char *text, size_t len, struct sts_policy *policy, struct pool *pool);

/* May mail for the domain go to ${host}, a name in normal form (section 4.1)? */
bool sts_policy_covers(const struct sts_policy *policy, const char *host);

const char *sts_policy_mode_word(enum sts_policy_mode mode); /* "enforce" */

#endif
