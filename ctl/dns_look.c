#include <stdio.h>

#include "base/deadline.h"
#include "config/config.h"
#include "ctl/dns_look.h"
#include "dns/resolver.h"
#include "resolver_options.h"

#define ASKED_MS 4000
/* It is always there, and near: what answers does not matter. */
#define ASKED_NAME "org"

static bool
ask(struct resolver *r, struct dns_look *look)
{
	const struct timespec until = deadline_in(ASKED_MS);
	struct resolver_lookup *lookup = resolver_start_waiting(
	    r, ASKED_NAME, DNS_A, (struct resolver_asker){ 0 }, ASKED_MS);
	const struct dns_answer *answer = lookup_wait(lookup, &until);
	bool ok = answer->status != DNS_TEMPFAIL;

	if (!ok)
		snprintf(look->why, sizeof look->why, "%s",
		    answer->reason != NULL ? answer->reason : "");
	lookup_drop(lookup);
	return ok;
}

struct dns_look
dns_look(const struct config *config)
{
	struct dns_look look = { 0 };
	struct resolver_options options = resolver_options_of(config);
	const char *how = "";
	struct resolver *r;

	options.lookup_timeout_ms = ASKED_MS;
	options.wait_for_keys = true;
	r = resolver_open(&options, look.why, sizeof look.why);
	if (r == NULL)
		return look;
	look.answers = ask(r, &look);
	look.validates = resolver_validates(r, &how);
	if (look.answers)
		snprintf(look.why, sizeof look.why, "%s", how);
	resolver_close(r);
	return look;
}
