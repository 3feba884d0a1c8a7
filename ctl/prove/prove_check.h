#ifndef CTL_PROVE_PROVE_CHECK_H
#define CTL_PROVE_PROVE_CHECK_H

#include "ctl/prove/proof.h"

struct config;
struct pool;

/*
 * What `beschermctl postfix` says of this Postfix, in the languages that ${checks} name,
 * all of them in ${pool}.  Before there are threads.
 */
void prove_check(struct proof_checks checks[PROOF_LANGUAGES],
    const struct config *config, const char *dir, struct pool *pool);

/* The same of one text, as it is printed.  Pure but for the language. */
void prove_check_read(struct proof_checks *checks, char *text, struct pool *pool);

#endif
