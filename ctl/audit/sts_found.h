#ifndef CTL_AUDIT_STS_FOUND_H
#define CTL_AUDIT_STS_FOUND_H

#include <stdbool.h>

#include "ctl/audit/sts_policy.h"

/* What came of a policy of MTA-STS, as plain values.  Text from outside is as received.
 */

enum sts_end {
	STS_NOT_TRIED,   /* ${phrase} says why */
	STS_UNREACHED,   /* no connection, or it broke off: ${words} */
	STS_CERTIFICATE, /* a sender would not take it: ${words} */
	STS_NO_HTTP,     /* what came is none, or broke its rules: ${words} */
	STS_STATUS,      /* it answered with ${status}, which is not 200 */
	STS_TOO_LONG,    /* more than 64 KiB */
	STS_FETCHED      /* ${wrong} and ${policy} say what is in it */
};

struct sts_found {
	enum sts_end end;
	const char *phrase; /* of ours, to be translated */
	const char *words;  /* of the library */
	long status;
	bool is_text;      /* text/plain, as it has to be */
	const char *wrong; /* a phrase of ours; NULL: it is a policy */
	struct sts_policy policy;
};

#endif
