#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/owner.h"

/* Groups first, as nobody else may change them. */
bool
owner_become(uid_t user, gid_t group)
{
	if (setgroups(0, NULL) != 0 || setgid(group) != 0 || setuid(user) != 0 ||
	    setuid(0) == 0)
		return false;
	/* That of root is closed to us: libpq looks there for certificates. */
	unsetenv("HOME"); /* NOLINT(concurrency-mt-unsafe): there are no threads */
	return true;
}
