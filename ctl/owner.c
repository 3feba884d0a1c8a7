#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
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

bool
owner_become_user(const char *user)
{
	char *name = mem_strdup(user), *colon = strchr(name, ':');
	const struct passwd *entry;
	const struct group *group = NULL;
	bool fine;

	if (colon != NULL)
		*colon = '\0';
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	entry = getpwnam(name);
	if (colon != NULL)
		group = getgrnam(colon + 1); /* NOLINT(concurrency-mt-unsafe): nor here */
	fine = entry != NULL && entry->pw_uid != 0 && (colon == NULL || group != NULL) &&
	       owner_become(entry->pw_uid, group != NULL ? group->gr_gid : entry->pw_gid);
	free(name);
	return fine;
}
