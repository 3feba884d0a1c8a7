#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "ctl/aside.h"

#define SAID_MAX ((size_t)1 << 20)
#define CHUNK_OCTETS 4096

static void
read_all(int fd, struct text *said)
{
	char chunk[CHUNK_OCTETS];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof chunk)) > 0 || (n == -1 && errno == EINTR)) {
		if (n > 0 && said->len + (size_t)n <= SAID_MAX)
			text_put(said, chunk, (size_t)n);
	}
}

static void __attribute__((noreturn))
be_child(bool (*run)(void *arg), void *arg, const int ends[2])
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool good = null != -1 && dup2(ends[1], STDOUT_FILENO) != -1 &&
		    dup2(null, STDERR_FILENO) != -1;

	good = good && run(arg);
	_exit(fflush(stdout) == 0 && good ? 0 : 1);
}

bool
aside_run(bool (*run)(void *arg), void *arg, struct text *said)
{
	int ends[2], status = 0;
	pid_t child;

	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC) == -1)
		return false;
	child = fork();
	if (child == 0)
		be_child(run, arg, ends);
	close(ends[1]);
	if (child != -1)
		read_all(ends[0], said);
	close(ends[0]);
	if (child == -1)
		return false;
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		continue;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
