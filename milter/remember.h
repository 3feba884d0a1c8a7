#ifndef REMEMBER_H
#define REMEMBER_H

#include <stdbool.h>
#include <stddef.h>

struct actions;
struct config;
struct evidence;
struct history;
struct history_settings;
struct question_fact;
struct verdict;

/* Between settings and messages on one side and the history on the other. */

/*
 * Begin to remember, if ${config} says so.  NULL: it does not, or with a ${why} that is
 * not "": it cannot be begun.
 */
struct history *remember_open(const struct config *config, char *why, size_t whysize);

/* ${config} counts from now on, but for its History. */
void remember_change(struct history *history, const struct config *config);

/* What messages that are judged by ${config} are remembered with; history_settings(). */
struct history_settings *remember_settings(
    struct history *history, const struct config *config);

/*
 * Could the history that ${config} asks for be kept, by a user like us?  ${is_served}: a
 * daemon of these settings may run, and have it.  False: ${why}.
 */
bool remember_check(
    const struct config *config, bool is_served, char *why, size_t whysize);

/* What a message was judged by, and what came of it. */
struct remember_message {
	const struct config *config;
	struct history_settings *settings; /* made of ${config} */
	const struct evidence *ev;
	const struct verdict *verdict;
	const struct actions *actions;
	const struct question_fact *questions; /* NULL: every step is not kept */
	size_t question_count;
};

/* Is every step of that message to be kept (HistoryTrace)? */
bool remember_wants_trace(const struct config *config, const struct evidence *ev,
    const struct verdict *verdict);

/* Hand one message to the history.  Never waits for the disk.  Any thread. */
void remember_message(struct history *history, const struct remember_message *message);

#endif
