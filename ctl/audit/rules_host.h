#ifndef CTL_AUDIT_RULES_HOST_H
#define CTL_AUDIT_RULES_HOST_H

#include <stdbool.h>

struct facts_host;
struct probed_address;
struct probed_host;
struct rules_case;

/* The hosts that mail for a domain goes to, for the rules on connections.  Pure. */

/* Are there any to look at?  If not, why is said. */
bool rules_host_any(struct rules_case *c);

/* Is it a host with addresses, as an MX has to be?  What is wrong is said, and what not.
 */
void rules_host_judge(struct rules_case *c, const struct facts_host *h);

/* "mx.example [192.0.2.1]", for a check. */
const char *rules_host_place(
    struct rules_case *c, const struct probed_host *h, const struct probed_address *a);

/*
 * An address that this host has no way to, by its kind, while another address of the host
 * was reached: that says nothing against anybody.
 */
bool rules_host_is_aside(const struct probed_host *h, const struct probed_address *a);

#endif
