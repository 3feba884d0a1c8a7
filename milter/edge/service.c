#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/oserror.h"
#include "edge/reload.h"
#include "edge/service.h"
#include "edge/service_notify.h"

#define DESCRIPTORS_MAX 65536
#define NAME_OCTETS 64
#define STATUS_OCTETS 400

#define STOP_SIGNAL SIGTERM
/* HUP is for people used to it: a service manager sends RELOAD_SIGNAL. */
static const int our_signals[] = { STOP_SIGNAL, SIGINT, SIGHUP, RELOAD_SIGNAL };

static void
our_set(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof our_signals / sizeof *our_signals; i++)
		sigaddset(set, our_signals[i]);
}

/*
 * Stands in for the C library's in the whole program, as a program's own functions go
 * before those of libraries.  libmilter waits here for TERM, INT and HUP, in a thread
 * of its own, and would stop in mid-session at any that it gets, however ours wait for
 * them: so it gets none.  Nobody else calls this; our own wait is below.
 */
int
/* NOLINTNEXTLINE(readability-non-const-parameter): the C library says so */
sigwait(const sigset_t *set, int *signo)
{
	(void)set;
	(void)signo;
	for (;;)
		pause();
}

void
service_block_signals(void)
{
	struct sigaction ignored = { .sa_handler = SIG_IGN };
	sigset_t set;

	sigaction(SIGPIPE, &ignored, NULL);
	our_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static pid_t asker; /* waits for the outcome of a reload; 0: nobody */

enum service_event
service_wait(int fd, int timeout_ms)
{
	static const struct timespec now = { 0 };
	static int signals = -1; /* made once; the signals themselves are taken below */
	struct pollfd fds[] = { { .fd = signals, .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };
	siginfo_t info = { 0 };
	sigset_t set;
	int signo;

	our_set(&set);
	if (signals == -1)
		fds[0].fd = signals = signalfd(-1, &set, SFD_CLOEXEC);
	/* Without it there are no descriptors left: signals alone then. */
	if (signals != -1)
		while (poll(fds, 2, timeout_ms) == -1 && errno == EINTR)
			continue;
	if (signals != -1)
		signo = sigtimedwait(&set, &info, &now);
	else
		while ((signo = sigwaitinfo(&set, &info)) == -1)
			continue;
	if (signo == -1)
		return SERVICE_LOOK;
	asker = info.si_code == SI_QUEUE ? info.si_pid : 0;
	return signo == RELOAD_SIGNAL || signo == SIGHUP ? SERVICE_RELOAD : SERVICE_STOP;
}

void
service_answer_reload(bool ok)
{
	/* One that is gone, or that we may not signal, is told nothing. */
	if (asker > 0)
		(void)kill(asker, ok ? RELOAD_DONE_SIGNAL : RELOAD_REFUSED_SIGNAL);
	asker = 0;
}

void
service_stop(void)
{
	kill(getpid(), STOP_SIGNAL);
}

void
service_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= DESCRIPTORS_MAX)
		return;
	limit.rlim_cur =
	    limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
}

struct account {
	char name[NAME_OCTETS];
	uid_t uid;
	gid_t gid;
};

static int
find_account(const char *user, struct account *account, char *why, size_t whysize)
{
	const char *colon = strchr(user, ':');
	size_t len = colon == NULL ? strlen(user) : (size_t)(colon - user);
	const struct passwd *entry;
	const struct group *group;

	snprintf(account->name, NAME_OCTETS, "%.*s",
	    len < NAME_OCTETS ? (int)len : NAME_OCTETS, user);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	entry = getpwnam(account->name);
	if (entry == NULL) {
		snprintf(why, whysize,
		    "UserID %s: there is no such user; make it with: adduser --system "
		    "--group --no-create-home --home /nonexistent %s",
		    user, account->name);
		return -1;
	}
	if (entry->pw_uid == 0) {
		snprintf(why, whysize,
		    "UserID %s: a program that reads mail from strangers must not be "
		    "root",
		    user);
		return -1;
	}
	account->uid = entry->pw_uid;
	account->gid = entry->pw_gid;
	if (colon == NULL)
		return 0;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	group = getgrnam(colon + 1);
	if (group == NULL) {
		snprintf(why, whysize, "UserID %s: there is no such group", user);
		return -1;
	}
	account->gid = group->gr_gid;
	return 0;
}

int
service_check_user(const char *user, char *why, size_t whysize)
{
	struct account account;

	if (geteuid() != 0)
		return 0;
	return find_account(user, &account, why, whysize);
}

/*
 * What programs that we run could be given.  We run none, and NO_NEW_PRIVS would give
 * them nothing; without CAP_SETPCAP, as for who was not started as root, that has to do.
 */
static void
empty_bounding_set(void)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

/*
 * Also for who was started as non-root, but with CAP_NET_BIND_SERVICE and the like.
 * Who has none need not ask: a service manager may forbid capset().
 */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version =
						       _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };
	unsigned held = 0;

	/* A kernel without ambient ones has none to clear. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	empty_bounding_set();
	if (syscall(SYS_capget, &header, sets) == -1)
		return -1;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		held |= sets[i].effective | sets[i].permitted | sets[i].inheritable;
	memset(sets, 0, sizeof sets);
	if (held != 0 && syscall(SYS_capset, &header, sets) == -1)
		return -1;
	/* Neither a core file nor a debugger of the same user gets to see the mail. */
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int
become(const char *user, char *why, size_t whysize)
{
	struct account account;

	if (find_account(user, &account, why, whysize) == -1)
		return -1;
	empty_bounding_set(); /* while we may: that right goes with root */
	if (initgroups(account.name, account.gid) == -1 || setgid(account.gid) == -1 ||
	    setuid(account.uid) == -1) {
		snprintf(why, whysize, "UserID %s: cannot become that user: %s", user,
		    oserror_text(errno));
		return -1;
	}
	return 0;
}

int
service_drop_privileges(const char *user, char *why, size_t whysize)
{
	umask(077);
	if (geteuid() == 0 && become(user, why, whysize) == -1)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || drop_capabilities() == -1) {
		snprintf(
		    why, whysize, "cannot drop capabilities: %s", oserror_text(errno));
		return -1;
	}
	return 0;
}

/* The parent's part: it speaks for the child until that is ready. */
static _Noreturn void
await_child(pid_t child, int readiness)
{
	int status;
	char byte;
	ssize_t got;

	while ((got = read(readiness, &byte, 1)) == -1 && errno == EINTR)
		continue;
	if (got == 1)
		_exit(0);
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		continue;
	_exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 70);
}

int
service_daemonize(char *why, size_t whysize)
{
	int ends[2];
	pid_t child;

	if (pipe(ends) == -1) {
		snprintf(why, whysize, "cannot make a pipe: %s", oserror_text(errno));
		return -1;
	}
	fflush(NULL);
	child = fork();
	if (child == -1) {
		snprintf(why, whysize, "cannot fork: %s", oserror_text(errno));
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	if (child > 0) {
		close(ends[1]);
		await_child(child, ends[0]);
	}
	close(ends[0]);
	setsid();
	return ends[1];
}

static int
explain_pid_file(const char *path, char *why, size_t whysize)
{
	const char *slash = strrchr(path, '/');
	int error = errno;

	if (error == ENOENT && slash != NULL)
		snprintf(why, whysize,
		    "PidFile %s: %s; make its folder with: mkdir -p %.*s", path,
		    oserror_text(error), (int)(slash - path), path);
	else
		snprintf(why, whysize,
		    "PidFile %s: %s; its folder must be writable for us", path,
		    oserror_text(error));
	errno = error;
	return -1;
}

int
service_check_pid_file(const char *path, char *why, size_t whysize)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct stat st;

	if (*path == '\0')
		return 0;
	snprintf(folder, sizeof folder, "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + 1, slash == NULL ? "." : path);
	if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == -1)
		return explain_pid_file(path, why, whysize);
	errno = EISDIR;
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return explain_pid_file(path, why, whysize);
	return 0;
}

int
service_pid_file(const char *path, char *why, size_t whysize)
{
	char text[32];
	int fd;
	int len;

	if (*path == '\0')
		return 0;
	len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	/* A new file: written as root, it must not be somebody's link to another one. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd != -1 && write(fd, text, (size_t)len) == len && close(fd) == 0)
		return 0;
	return explain_pid_file(path, why, whysize);
}

void
service_pid_file_remove(const char *path)
{
	char text[32] = "";
	FILE *file = *path != '\0' ? fopen(path, "re") : NULL;

	if (file == NULL)
		return;
	/* A daemon that was started with the same PidFile has made it its own. */
	if (fgets(text, sizeof text, file) != NULL &&
	    strtol(text, NULL, 10) == (long)getpid())
		/* In a folder of root's it stays: it was made before root was given up.
		 */
		unlink(path);
	fclose(file);
}

void
service_ready(int parent)
{
	struct sigaction ignored = { .sa_handler = SIG_IGN };
	int null;

	/* As the first process of a container we inherit those of others, such as health
	 * checks that were cut short: ignored they go by themselves, else they would add
	 * up to the limit on processes, which threads count for.  We have no children. */
	sigaction(SIGCHLD, &ignored, NULL);
	service_notify_send("READY=1");
	if (parent == -1)
		return;
	/* Until here the terminal was told of errors. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null != -1) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	(void)!chdir("/");
	(void)!write(parent, "", 1);
	close(parent);
}

void
service_reloading(void)
{
	struct timespec now;
	char state[80];

	/* sd_notify(3): the time is what lets systemd tell this reload from another. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	service_notify_send(state);
}

void
service_reloaded(void)
{
	service_notify_send("READY=1");
}

bool
service_is_heard(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it here */
	return getenv("NOTIFY_SOCKET") != NULL;
}

void
service_status(const char *text)
{
	static char last[STATUS_OCTETS]; /* what is heard already is not said again */
	char state[STATUS_OCTETS + sizeof "STATUS="];

	if (strncmp(text, last, sizeof last - 1) == 0)
		return;
	snprintf(last, sizeof last, "%s", text);
	snprintf(state, sizeof state, "STATUS=%s", last);
	service_notify_send(state);
}

void
service_stopping(void)
{
	service_notify_send("STOPPING=1");
}
