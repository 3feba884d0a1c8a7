#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/oserror.h"
#include "ctl/postfix/program.h"
#include "ctl/stream.h"
#include "ctl/text.h"

#define LOOK_AGAIN_MS 5

/* 0 or an errno: ${argv} with ${stream} to the end of the pipe. */
static int
spawn(char *const *argv, int stream, const int pipe_ends[2], pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	error = posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], stream);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(
		    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (error == 0)
		error = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int
program_begin(
    struct program *program, char *const *argv, int stream, char *why, size_t whysize)
{
	int pipe_ends[2], error;

	program->until = NULL;
	if (pipe2(pipe_ends, O_CLOEXEC) == -1) {
		snprintf(why, whysize, "%s", oserror_text(errno));
		return -1;
	}
	error = spawn(argv, stream, pipe_ends, &program->pid);
	close(pipe_ends[1]);
	if (error == 0) {
		program->output = fdopen(pipe_ends[0], "r");
		if (program->output != NULL)
			return 0;
		error = errno;
		waitpid(program->pid, NULL, 0);
	}
	close(pipe_ends[0]);
	snprintf(why, whysize,
	    _("%s cannot be run (%s): is Postfix installed, and /usr/sbin in PATH?"),
	    argv[0], oserror_text(error));
	return -1;
}

/* Where a bounded output comes from. */
struct source {
	int fd;
	const struct timespec *until;
};

static ssize_t
read_in_time(void *cookie, char *data, size_t size)
{
	const struct source *source = cookie;
	ssize_t n;

	do {
		if (!stream_wait(source->fd, POLLIN, source->until))
			return 0;
		n = read(source->fd, data, size);
	} while (n == -1 && errno == EINTR);
	return n;
}

static int
close_source(void *cookie)
{
	struct source *source = cookie;
	int result = close(source->fd);

	free(source);
	return result;
}

int
program_bound(struct program *program, const struct timespec *until)
{
	static const cookie_io_functions_t functions = { .read = read_in_time,
		.close = close_source };
	int fd = dup(fileno(program->output));
	struct source *source;
	FILE *output;

	program->until = until;
	if (fd == -1)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	source = mem_alloc(sizeof *source);
	*source = (struct source){ fd, until };
	output = fopencookie(source, "r", functions);
	if (output == NULL) {
		close_source(source);
		return -1;
	}
	fclose(program->output);
	program->output = output;
	return 0;
}

/* Until it ends, or has had its time. */
static void
wait_in_time(const struct program *program)
{
	siginfo_t info = { 0 };

	while (
	    waitid(P_PID, (id_t)program->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid == 0) {
		if (stream_ms_left(program->until) == 0) {
			kill(program->pid, SIGKILL);
			return;
		}
		poll(NULL, 0, LOOK_AGAIN_MS);
	}
}

bool
program_end(struct program *program)
{
	int status;

	fclose(program->output);
	if (program->until != NULL)
		wait_in_time(program);
	while (waitpid(program->pid, &status, 0) == -1) {
		if (errno != EINTR)
			return false;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
