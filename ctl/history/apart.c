#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/oserror.h"
#include "base/text.h"
#include "ctl/complaint.h"
#include "ctl/history/apart.h"

#define PIECE 4096

/* In the child: what is behind it is not to be run twice. */
static _Noreturn void
do_work(int (*work)(void *cookie, FILE *out), void *cookie, int end)
{
	FILE *out = fdopen(end, "w");
	int code, null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* Without a terminal of its own it cannot type at root's (ioctl_tty(2), TIOCSTI),
	 * whatever the file makes of it. */
	setsid();
	if (null != -1)
		dup2(null, STDIN_FILENO);
	code = out != NULL ? work(cookie, out) : EX_OSERR;
	if (out != NULL && fclose(out) != 0)
		code = EX_IOERR;
	fflush(stderr);
	_exit(code);
}

/* More than that is not read, and who writes it dies of it. */
static char *
read_answer(int end)
{
	struct text t = { 0 };
	char piece[PIECE];
	ssize_t n;

	text_puts(&t, "");
	while (t.len < APART_MAX && ((n = read(end, piece, sizeof piece)) > 0 ||
					(n == -1 && errno == EINTR))) {
		if (n > 0)
			text_put(&t, piece, (size_t)n);
	}
	return t.data;
}

static int
exit_of(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) == -1) {
		if (errno != EINTR)
			return EX_OSERR;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

int
apart_run(int (*work)(void *cookie, FILE *out), void *cookie, char **answer)
{
	int ends[2] = { -1, -1 };
	pid_t child = -1;

	fflush(NULL); /* or the child would write it again */
	if (pipe2(ends, O_CLOEXEC) == 0)
		child = fork();
	if (child == -1) {
		complaint_print("%s", oserror_text(errno));
		if (ends[0] != -1) {
			close(ends[0]);
			close(ends[1]);
		}
		*answer = mem_strdup("");
		return EX_OSERR;
	}
	if (child == 0) {
		close(ends[0]);
		do_work(work, cookie, ends[1]);
	}
	close(ends[1]);
	*answer = read_answer(ends[0]);
	close(ends[0]);
	return exit_of(child);
}
