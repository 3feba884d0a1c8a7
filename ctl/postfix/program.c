#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/oserror.h"
#include "ctl/postfix/program.h"
#include "ctl/text.h"

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

bool
program_end(struct program *program)
{
	int status;

	fclose(program->output);
	while (waitpid(program->pid, &status, 0) == -1) {
		if (errno != EINTR)
			return false;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
