#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/unconst.h"
#include "ctl/postfix/program.h"
#include "ctl/postfix/queue_change.h"
#include "ctl/text.h"

#define ARGUMENTS 8
#define SAID_SIZE 1024
#define PATIENCE_MS 30000

/*
 * Run ${argv}, whose first is the program; what it says on standard error goes into
 * ${said}.  -1 with ${why}: it cannot be run or failed.
 */
static int
run(const char *dir, const char *const *words, char said[SAID_SIZE], char *why,
    size_t whysize)
{
	char *argv[ARGUMENTS] = { unconst(words[0]) };
	const struct timespec until = deadline_in(PATIENCE_MS);
	struct program program;
	size_t n = 1, len = 0;

	if (dir != NULL) {
		argv[n++] = unconst("-c");
		argv[n++] = unconst(dir);
	}
	for (size_t w = 1; words[w] != NULL; w++)
		argv[n++] = unconst(words[w]);
	if (program_begin(&program, argv, STDERR_FILENO, why, whysize) == -1)
		return -1;
	if (program_bound(&program, &until) == 0)
		len = fread(said, 1, SAID_SIZE - 1, program.output);
	said[len] = '\0';
	if (program_end(&program))
		return 0;
	said[strcspn(said, "\n")] = '\0';
	snprintf(why, whysize, _("%s failed: %s"), words[0], said);
	return -1;
}

/* postsuper(1) ends well, too, where there was nothing to do; it counts what it did. */
static enum queue_change
change(const char *dir, const char *const *words, const char *count, char *why,
    size_t whysize)
{
	char said[SAID_SIZE];

	if (run(dir, words, said, why, whysize) == -1)
		return QUEUE_CHANGE_FAILED;
	return strstr(said, count) != NULL ? QUEUE_CHANGE_DONE : QUEUE_CHANGE_GONE;
}

enum queue_change
queue_change_release(const char *dir, const char *id, char *why, size_t whysize)
{
	const char *const words[] = { "postsuper", "-H", id, NULL };

	return change(dir, words, "Released from hold: 1 ", why, whysize);
}

int
queue_change_deliver(const char *dir, const char *id, char *why, size_t whysize)
{
	const char *const words[] = { "postqueue", "-i", id, NULL };
	char said[SAID_SIZE];

	return run(dir, words, said, why, whysize);
}

enum queue_change
queue_change_drop(
    const char *dir, const char *id, const char *queue, char *why, size_t whysize)
{
	/* From that queue alone: an id may be used again, for other mail. */
	const char *const words[] = { "postsuper", "-d", id, queue, NULL };

	return change(dir, words, "Deleted: 1 ", why, whysize);
}

enum queue_change
queue_change_delete(const char *dir, const char *id, char *why, size_t whysize)
{
	return queue_change_drop(dir, id, "hold", why, whysize);
}
