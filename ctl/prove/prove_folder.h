#ifndef CTL_PROVE_PROVE_FOLDER_H
#define CTL_PROVE_PROVE_FOLDER_H

#include <stdbool.h>

struct pool;
struct prove_result;

/*
 * Where proofs are kept: prove-20261130T021500Z.json, and pages of that name in Dutch and
 * English.
 */

/* False, which has been said: not all of them.  As root it may give up being that: it
 * comes last. */
bool prove_folder_write(
    const char *folder, const struct prove_result *proof, struct pool *pool);

#endif
