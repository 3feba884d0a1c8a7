#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/oserror.h"
#include "base/unconst.h"
#include "ctl/postfix/postconf.h"
#include "ctl/text.h"

#define PROGRAM "postconf"
#define OUTPUT_MAX ((size_t)1024 * 1024)

/* 0 or an errno: ${argv} with its standard output to the end of the pipe. */
static int
spawn(char *const *argv, const int pipe_ends[2], pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	error = posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_addclose(&actions, pipe_ends[0]);
	if (error == 0)
		error = posix_spawn_file_actions_addclose(&actions, pipe_ends[1]);
	if (error == 0)
		error = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* All that comes from ${fd}, OUTPUT_MAX at most, in ${pool}. */
static char *
read_output(int fd, struct pool *pool)
{
	char *text = mem_alloc(OUTPUT_MAX + 1), *kept;
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, OUTPUT_MAX - len)) > 0 ||
	       (n == -1 && errno == EINTR)) {
		if (n > 0)
			len += (size_t)n;
	}
	kept = pool_strndup(pool, text, len);
	free(text);
	return kept;
}

static bool
ended_well(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return false;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* What ${argv} prints, NULL with ${why}. */
static char *
output_of(char *const *argv, struct pool *pool, char *why, size_t whysize)
{
	int pipe_ends[2], error;
	pid_t pid = -1;
	char *text;

	if (pipe(pipe_ends) == -1) {
		snprintf(why, whysize, "%s", oserror_text(errno));
		return NULL;
	}
	error = spawn(argv, pipe_ends, &pid);
	close(pipe_ends[1]);
	text = error == 0 ? read_output(pipe_ends[0], pool) : NULL;
	close(pipe_ends[0]);
	if (error != 0) {
		snprintf(why, whysize,
		    _("%s cannot be run (%s): is Postfix installed, and /usr/sbin in "
		      "PATH?"),
		    PROGRAM, oserror_text(error));
		return NULL;
	}
	if (!ended_well(pid)) {
		snprintf(why, whysize, _("%s failed: is this the folder of a main.cf?"),
		    PROGRAM);
		return NULL;
	}
	return text;
}

/* Lines "name = value", where an empty value has no blank before it, onto the end of a
 * list. */
static void
read_lines(struct postconf_setting **end, char *text, struct pool *pool)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		char *equals = strstr(line, " =");

		if (equals == NULL)
			continue;
		*equals = '\0';
		equals += strlen(" =");
		*end = pool_alloc(pool, sizeof **end);
		(*end)->name = line;
		(*end)->value = equals + strspn(equals, " ");
		end = &(*end)->next;
	}
}

/* Onto the end of ${postconf} what the program says in one of its modes. */
static int
ask(struct postconf *postconf, const struct postconf_question *q, const char *mode,
    const char *const *parameters)
{
	char *argv[POSTCONF_PARAMETERS_MAX + 5] = { unconst(PROGRAM) };
	struct postconf_setting **end = &postconf->first;
	size_t n = 1;
	char *text;

	if (q->dir != NULL) {
		argv[n++] = unconst("-c");
		argv[n++] = unconst(q->dir);
	}
	argv[n++] = unconst(mode);
	for (size_t p = 0; p < POSTCONF_PARAMETERS_MAX && parameters[p] != NULL; p++)
		argv[n++] = unconst(parameters[p]);
	text = output_of(argv, q->pool, q->why, q->whysize);
	if (text == NULL)
		return -1;
	while (*end != NULL)
		end = &(*end)->next;
	read_lines(end, text, q->pool);
	return 0;
}

int
postconf_read(struct postconf *postconf, const struct postconf_question *q,
    const char *const *parameters)
{
	static const char *const none[] = { NULL };

	*postconf = (struct postconf){ 0 };
	if (ask(postconf, q, "-x", parameters) == -1 ||
	    ask(postconf, q, "-F", none) == -1)
		return -1;
	return ask(postconf, q, "-xP", none);
}

int
postconf_add(struct postconf *postconf, const struct postconf_question *q,
    const char *const *parameters)
{
	return parameters[0] != NULL ? ask(postconf, q, "-x", parameters) : 0;
}

const char *
postconf_value(const struct postconf *postconf, const char *name)
{
	for (const struct postconf_setting *s = postconf->first; s != NULL; s = s->next) {
		if (strcmp(s->name, name) == 0)
			return s->value;
	}
	return NULL;
}
