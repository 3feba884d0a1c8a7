#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/unconst.h"
#include "ctl/report/hand_over.h"

#define TIMEOUT_MS 60000
#define STEP_NS 5000000
#define EXIT_NOT_STARTED 127

static bool
write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, text, len);

		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		text += done;
		len -= (size_t)done;
	}
	return lseek(fd, 0, SEEK_SET) == 0;
}

/*
 * The whole of it in memory that the program reads as a file: were it a pipe and we
 * killed, the MTA would take what was written so far for a mail.
 */
static int
open_text(const char *text, size_t len)
{
	int fd = memfd_create("report", MFD_CLOEXEC);

	if (fd != -1 && write_all(fd, text, len))
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

/* In the child of a process with threads: nothing but system calls. */
static void __attribute__((noreturn))
run(const char *program, const char *from, const char *to, int fd)
{
	char *const arguments[] = { unconst(program), unconst("-i"), unconst("-f"),
		unconst(from), unconst("--"), unconst(to), NULL };
	char *const environment[] = { unconst("PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
		unconst("LC_ALL=C"), NULL };

	setpgid(0, 0);
	if (dup2(fd, STDIN_FILENO) != -1 && dup2(STDERR_FILENO, STDOUT_FILENO) != -1)
		execve(program, arguments, environment);
	_exit(EXIT_NOT_STARTED);
}

/* Its exit code; -1: a signal ended it, ours if it took too long. */
static int
wait_for(pid_t child)
{
	const struct timespec end = deadline_in(TIMEOUT_MS), step = { 0, STEP_NS };
	struct timespec now;
	pid_t done;
	int status;

	for (;;) {
		done = waitpid(child, &status, WNOHANG);
		if (done == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (done == -1 && errno != EINTR)
			return -1;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (deadline_ms_between(&now, &end) <= 0)
			break;
		nanosleep(&step, NULL);
	}
	kill(-child, SIGKILL);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return -1;
}

/* Exit codes (sendmail(8)): what will not be better another time; 75 and all that is
 * unknown may. */
static enum hand_over_result
result_of(int code)
{
	if (code == EX_OK)
		return HAND_OVER_SENT;
	return code >= EX__BASE && code <= EX__MAX && code != EX_TEMPFAIL
		   ? HAND_OVER_REFUSED
		   : HAND_OVER_LATER;
}

enum hand_over_result
hand_over_mail(const char *program, const char *from, const char *to, const char *text,
    size_t len, int *code)
{
	int fd = open_text(text, len);
	pid_t child;

	*code = -1;
	if (fd == -1)
		return HAND_OVER_LATER;
	child = fork();
	if (child == 0)
		run(program, from, to, fd);
	close(fd);
	if (child == -1)
		return HAND_OVER_LATER;
	*code = wait_for(child);
	return result_of(*code);
}
