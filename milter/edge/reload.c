#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/oserror.h"
#include "edge/reload.h"

#define NAME_OCTETS 64
#define PATIENCE_S 60
#define DAEMON_COMM "beschermd\n" /* of /proc/PID/comm */

/* The user that process ${pid} runs as; -1: there is no telling. */
static uid_t
user_of(pid_t pid)
{
	char path[NAME_OCTETS], line[NAME_OCTETS];
	unsigned user = (unsigned)-1;
	FILE *file;

	/* The folder itself is root's where the process is not dumpable, as ours is. */
	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return (uid_t)-1;
	while (fgets(line, sizeof line, file) != NULL) {
		if (strncmp(line, "Uid:", 4) == 0)
			user = (unsigned)strtoul(line + 4, NULL, 10);
	}
	fclose(file);
	return (uid_t)user;
}

/* What ${process} of /proc is called; "": there is no telling. */
static void
name_of(const char *process, char name[NAME_OCTETS])
{
	char path[NAME_OCTETS];
	FILE *file;

	name[0] = '\0';
	snprintf(path, sizeof path, "/proc/%s/comm", process);
	file = fopen(path, "re");
	if (file == NULL)
		return;
	if (fgets(name, NAME_OCTETS, file) == NULL)
		name[0] = '\0';
	fclose(file);
}

/* Our signal ends a program that does not know it, and tells init something else.  That a
 * process has another name may be by an old PidFile. */
static bool
is_another(pid_t pid)
{
	char process[NAME_OCTETS], name[NAME_OCTETS], own[NAME_OCTETS];

	snprintf(process, sizeof process, "%ld", (long)pid);
	name_of(process, name);
	name_of("self", own);
	/* beschermctl asks too; and a filter may have been given another name. */
	return own[0] == '\0' || (name[0] != '\0' && strcmp(name, own) != 0 &&
				     strcmp(name, DAEMON_COMM) != 0);
}

/* Its answer; false with ${why}: it gave none. */
static bool
await(pid_t pid, const sigset_t *answers, siginfo_t *info, char *why, size_t whysize)
{
	static const struct timespec second = { 1, 0 };

	for (int i = 0; i < PATIENCE_S; i++) {
		if (sigtimedwait(answers, info, &second) != -1 && info->si_pid == pid)
			return true;
		if (kill(pid, 0) == -1 && errno == ESRCH) {
			snprintf(why, whysize, "process %ld has ended", (long)pid);
			return false;
		}
	}
	snprintf(why, whysize, "no outcome of the reload in %d s", PATIENCE_S);
	return false;
}

int
reload_ask(pid_t pid, char *why, size_t whysize)
{
	const uid_t user = user_of(pid);
	siginfo_t info = { 0 };
	sigset_t answers;

	if (is_another(pid)) {
		snprintf(why, whysize, "process %ld is another program", (long)pid);
		return -1;
	}
	sigemptyset(&answers);
	sigaddset(&answers, RELOAD_DONE_SIGNAL);
	sigaddset(&answers, RELOAD_REFUSED_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &answers, NULL);
	/* Its answer would not reach root: it has no right to signal it. */
	if (geteuid() == 0 && setresuid(user, user, user) == -1) {
		snprintf(why, whysize, "process %ld: cannot become its user: %s",
		    (long)pid, oserror_text(errno));
		return -1;
	}
	if (sigqueue(pid, RELOAD_SIGNAL, (union sigval){ 0 }) == -1) {
		snprintf(why, whysize, "process %ld: %s", (long)pid, oserror_text(errno));
		return -1;
	}
	if (!await(pid, &answers, &info, why, whysize))
		return -1;
	if (info.si_signo == RELOAD_DONE_SIGNAL)
		return 0;
	snprintf(why, whysize,
	    "the reload was refused and the old settings stay; the log says why");
	return -1;
}
