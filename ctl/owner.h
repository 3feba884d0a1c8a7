#ifndef CTL_OWNER_H
#define CTL_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

/* As root: become ${user} of ${group}, for good; all else that root has goes. */
bool owner_become(uid_t user, gid_t group);

#endif
