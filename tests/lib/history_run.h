#ifndef HISTORY_RUN_H
#define HISTORY_RUN_H

#include <stdint.h>

#include "history/history.h"
#include "history_place.h"

#define HISTORY_RUN_MB ((int64_t)1024 * 1024)
#define HISTORY_RUN_STOP_MS 5000

/* A history and its thread, in a folder of its own.  What is done must go well. */
struct history_run {
	struct history_place place;
	struct history_options options;
	struct history *history;
	struct history_settings *settings;
};

/* Not opened yet: options can be changed. */
void history_run_prepare(struct history_run *f);
void history_run_open(struct history_run *f);

void history_run_begin(struct history_run *f); /* both */

/* It writes what there is; the folder stays. */
void history_run_stop(struct history_run *f);
void history_run_end(struct history_run *f);

void history_run_push(struct history_run *f, int count);

/* What the file says to ${sql}, and how many messages were lost. */
int64_t history_run_ask(const struct history_run *f, const char *sql);
uint64_t history_run_lost(struct history_run *f);

/* Wait, with patience, until so many rows are written, or it is in that state. */
void history_run_wait_rows(struct history_run *f, uint64_t rows);
void history_run_wait_state(struct history_run *f, enum history_state state);
void history_run_nap(void);

#endif
