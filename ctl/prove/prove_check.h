#ifndef CTL_PROVE_PROVE_CHECK_H
#define CTL_PROVE_PROVE_CHECK_H

#include "ctl/prove/prove_result.h"

struct config;
struct pool;

/*
 * What `beschermctl postfix` says of this Postfix, in the languages that ${checks} name,
 * all of them in ${pool}.  Before there are threads.
 */
void prove_check(struct prove_result_checks checks[PROVE_RESULT_LANGUAGES],
    const struct config *config, const char *dir, struct pool *pool);

/* The same of one text, as it is printed.  Pure but for the language. */
void prove_check_read(struct prove_result_checks *checks, char *text, struct pool *pool);

#endif
