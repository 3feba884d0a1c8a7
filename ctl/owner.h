#ifndef CTL_OWNER_H
#define CTL_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

/* As root: become ${user} of ${group}, for good; all else that root has goes. */
bool owner_become(uid_t user, gid_t group);

/* As root: become ${user}, as UserID names him (USER or USER:GROUP), but never root. */
bool owner_become_user(const char *user);

#endif
