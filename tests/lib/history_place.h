#ifndef TESTS_HISTORY_PLACE_H
#define TESTS_HISTORY_PLACE_H

#include <stdint.h>

struct fact;
struct history_settings;

/* A folder for one history, and messages to remember.  For one thread. */
struct history_place {
	char folder[64];
	char path[80]; /* of the history in it */
};

void history_place_open(struct history_place *place);
void history_place_close(struct history_place *place); /* removes all of it */

/* A message of ${domain} that was refused at ${at} (UTC seconds). */
struct fact *history_place_fact(
    const char *domain, int64_t at, struct history_settings *settings);

/* What the file at ${path} says to ${sql}: a number, -1: nothing, or an error. */
int64_t history_place_ask(const char *path, const char *sql);

/* Run statements on it, as somebody else would. */
void history_place_do(const char *path, const char *sql);

#endif
