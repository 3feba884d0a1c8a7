#ifndef CTL_PROVE_PROVE_TRY_H
#define CTL_PROVE_PROVE_TRY_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "ctl/prove/prove_message.h"
#include "ctl/prove/prove_result.h"

struct pool;
struct prove_setting;

/* One message of a proof: sent, looked at, thrown away, judged. */

struct prove_try {
	const char *dir;    /* of Postfix's settings; NULL: the default one */
	const char *socket; /* of the listener */
	struct prove_stamp stamp;
	struct prove_setting *setting;
	const char *mark;      /* name of the field of QuarantineHeader */
	int dns_ms;            /* what DNS may take */
	struct timespec until; /* all has to be over by then */
	bool away;             /* nobody answers at the filter's socket */
	struct pool *pool;
};

/* False: its message could not be deleted, with ${why}; no more may be sent. */
bool prove_try(const struct prove_try *t, const struct prove_case *sent,
    struct prove_result_case *out, char *why, size_t whysize);

#endif
