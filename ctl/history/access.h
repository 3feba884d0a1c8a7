#ifndef CTL_HISTORY_ACCESS_H
#define CTL_HISTORY_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct config;
struct netlist;
struct option;
struct query;
struct shared;

/*
 * The way of beschermctl to the history, with what all verbs that read it have in common:
 * the options -c and -o, and the exit codes.
 */
struct access {
	const char *conf;      /* -c */
	const char **settings; /* -o, "Key=Value" */
	size_t setting_count;
	bool shared;           /* --shared: what several hosts copied, not our own file */
	struct config *config; /* from access_open() on */
	struct query *query;
	struct shared *server; /* of ${query}, where that is the shared history */
};

/* The common options, for getopt_long() */
#define ACCESS_SHORT_OPTIONS "c:o:"
#define ACCESS_LONG_OPTIONS                                \
	{                                                  \
		"shared", no_argument, NULL, ACCESS_SHARED \
	}
enum { ACCESS_SHARED = 1000 };

/* Take such an option; false: it is none. */
bool access_option(struct access *access, int option, const char *value);

/* Read the settings alone.  EX_OK, or what to exit with, which has been said. */
int access_settings(struct access *access);

/* Take one of the options of a verb; false, which has been said: it cannot be taken. */
typedef bool access_take(void *cookie, int option, char *value);

/*
 * Have ${take} take each option of the command line, of those common ones and ${others};
 * operands begin at optind.  False, which has been said: one was not taken.
 */
bool access_options(
    int argc, char **argv, const struct option *others, access_take *take, void *cookie);

/*
 * Read the settings and open the history that they name.  As root we become the owner of
 * the file first, who never is root: what a daemon wrote that was taken over must not
 * reach root.  EX_OK, or what to exit with, which has been said.
 */
int access_open(struct access *access);

/*
 * The same of what all hosts share, if they share something, or of our own file: for who
 * works on all that there is, wherever it is.
 */
int access_open_all(struct access *access);

/* The same of the shared history, whatever was open: for who reads both. */
int access_turn_to_shared(struct access *access);

/*
 * Connect to the server of HistoryShared, a statement may take ${seconds}, once the
 * settings are read.  EX_OK, or what to exit with, which has been said.
 */
int access_connect(const struct access *access, int seconds, struct shared **shared);

void access_close(struct access *access);

/* A question failed: says so, and returns what to exit with. */
int access_failed(const struct access *access);

/* A moment of the command line; false, which has been said: it is none. */
bool access_time(const char *option, const char *text, int64_t *at);

/* One more address or network of the command line; false, which has been said: neither.
 */
bool access_client(const char *option, const char *value, struct netlist *clients);

/*
 * A domain of the command line, made lower case as those of the history are; false,
 * which has been said: it is none.
 */
bool access_domain(const char *option, char *value, const char **domain);

#endif
