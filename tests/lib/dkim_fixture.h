#ifndef DKIM_FIXTURE_H
#define DKIM_FIXTURE_H

#include "dkim_run.h"
#include "dkim_sign.h"

/* What the unit tests of check/dkim.c work with; a failure fails the test. */

/* A small message, not signed; and signed with ${key}, l= ${length} unless -1. */
struct dkim_message dkim_fixture_message(void);
struct dkim_message dkim_fixture_signed(
    const struct sign_key *key, enum dkim_canonicalization canon, long length);

/* A zone with ${record} as the key, or the zone text itself if it names the key. */
struct resolver *dkim_fixture_zone(const char *record);

struct dkim_lib *dkim_fixture_lib(int maximum_signatures);

/* The finding of the only signature. */
struct dkim_evidence dkim_fixture_check(
    const struct dkim_message *m, const char *record, struct pool *pool);

#endif
