#ifndef CHECK_PREFETCH_H
#define CHECK_PREFETCH_H

#include "base/ip.h"

struct dmarc_options;
struct questions;

/*
 * Asks early what the checks will ask.  Nothing here blocks, and nothing is asked of
 * questions that are on_demand.  Names are in normal form.
 */

/*
 * At MAIL: the SPF record and, as answers arrive, what its terms without macros lead
 * to: at most 20 names a message (questions_options.follow_max), however the records
 * branch.  ${client}: whether hosts are asked for A or AAAA.
 */
void prefetch_spf(struct questions *q, const char *domain, enum ip_family client);

/*
 * At the From field: all names of the walk (RFC 9989 section 4.10), or the two that
 * RFC 7489 knows, whatever else is in flight.
 */
void prefetch_dmarc(
    struct questions *q, const struct dmarc_options *options, const char *domain);

#endif
