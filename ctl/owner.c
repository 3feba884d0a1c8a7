#include <grp.h>
#include <unistd.h>

#include "ctl/owner.h"

/* Groups first, as nobody else may change them. */
bool
owner_become(uid_t user, gid_t group)
{
	return setgroups(0, NULL) == 0 && setgid(group) == 0 && setuid(user) == 0 &&
	       setuid(0) != 0;
}
