#ifndef CTL_AUDIT_PROVEN_H
#define CTL_AUDIT_PROVEN_H

#include <stddef.h>
#include <time.h>

struct pool;
struct server;

/*
 * What the newest evidence of `beschermctl prove` says, in EVIDENCE_FOLDER or ${folder}
 * (NULL: none more), into ${server}->proof.  What cannot be read, is of another user, or
 * is not of the time in its name is passed over, and what is more than a day ahead.
 */
void proven_look(
    struct server *server, const char *folder, time_t now, struct pool *pool);

#endif
