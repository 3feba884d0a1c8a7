#ifndef CTL_AUDIT_AUDIT_FOLDER_H
#define CTL_AUDIT_AUDIT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct earlier;
struct pool;
struct result;

/*
 * Where audits are kept: audit-20261130T021500Z.json, and pages of that name in Dutch and
 * English.
 */

/*
 * The newest audit in ${folder} that is older than ${now} and can be read: each that
 * cannot is named by a warning, and passed over.  NULL: none.
 */
struct earlier *audit_folder_earlier(const char *folder, time_t now, struct pool *pool);

/* Write JSON and pages; false, which has been said: not all of them.  As root it may give
 * up being that: it comes last. */
bool audit_folder_write(
    const char *folder, const struct result *result, struct pool *pool);

#endif
