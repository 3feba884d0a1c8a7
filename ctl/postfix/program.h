#ifndef CTL_POSTFIX_PROGRAM_H
#define CTL_POSTFIX_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

/* A program of Postfix's that runs, and what it writes.  One thread. */
struct program {
	pid_t pid;
	FILE *output;
	const struct timespec *until; /* of program_bound(); NULL: no end to it */
};

/*
 * Run ${argv} (ends with NULL) of $PATH, without a shell and without input; ${stream} of
 * it, standard output or error, comes to us, and the other one stays.  -1 with ${why}: it
 * cannot be run.
 */
int program_begin(
    struct program *program, char *const *argv, int stream, char *why, size_t whysize);

/*
 * It is to be done by ${until}, which the caller keeps: what it has not written by then
 * is not read, and it is killed.  -1: there is no memory for that.  Before anything is
 * read.
 */
int program_bound(struct program *program, const struct timespec *until);

/* Waits for it.  Did it end well?  What it still had to say is not heard. */
bool program_end(struct program *program);

#endif
