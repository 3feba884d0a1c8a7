#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/complaint.h"
#include "ctl/owner.h"
#include "ctl/text.h"

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

/* The first process of a container has nobody at its terminal to type at. */
static bool
has_terminal(void)
{
	int fd;

	if (getpid() == 1)
		return false;
	fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return errno != ENXIO;
	close(fd);
	return true;
}

/* The parent, which is root still, does no more than wait, and ends as its child did. */
static _Noreturn void
end_as(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) == -1) {
		if (errno != EINTR)
			_exit(EX_OSERR);
	}
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	if (WTERMSIG(status) == SIGPIPE)
		raise(SIGPIPE); /* as `head` does it to all */
	complaint_print(_("ended by signal %d"), WTERMSIG(status));
	_exit(EX_SOFTWARE);
}

bool
owner_become_apart(uid_t user, gid_t group)
{
	pid_t parent = getpid(), child;

	if (!has_terminal())
		return owner_become(user, group);
	fflush(NULL); /* or the child would write it again */
	child = fork();
	if (child > 0)
		end_as(child);
	/* A change of user undoes the wish to end with the parent: once more, then look.
	 */
	return child == 0 && setsid() != -1 && owner_become(user, group) &&
	       prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
}

bool
owner_find(const char *user, uid_t *id, gid_t *group)
{
	char *name = mem_strdup(user), *colon = strchr(name, ':');
	const struct passwd *entry;
	const struct group *other = NULL;
	bool fine;

	if (colon != NULL)
		*colon = '\0';
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	entry = getpwnam(name);
	if (colon != NULL)
		other = getgrnam(colon + 1); /* NOLINT(concurrency-mt-unsafe): nor here */
	fine = entry != NULL && entry->pw_uid != 0 && (colon == NULL || other != NULL);
	if (fine) {
		*id = entry->pw_uid;
		*group = other != NULL ? other->gr_gid : entry->pw_gid;
	}
	free(name);
	return fine;
}
