#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "history_run.h"

#define PATIENCE 2000 /* times 10 ms */

void
history_run_open(struct history_run *f)
{
	char why[200];

	f->history = history_open(&f->options, why, sizeof why);
	assert_non_null(f->history);
	f->settings = history_settings(f->history, "1.0", "Mode monitor\n");
}

void
history_run_prepare(struct history_run *f)
{
	*f = (struct history_run){ 0 };
	history_place_open(&f->place);
	f->options = (struct history_options){ .path = f->place.path,
		.host = "mx.example",
		.queue_bytes = (size_t)(16 * HISTORY_RUN_MB),
		.limits = { .ledger = { 30, 7, 400, 1024 * HISTORY_RUN_MB } } };
}

void
history_run_begin(struct history_run *f)
{
	history_run_prepare(f);
	history_run_open(f);
}

void
history_run_stop(struct history_run *f)
{
	history_stop(f->history, HISTORY_RUN_STOP_MS);
	history_free(f->history);
	f->history = NULL;
}

void
history_run_end(struct history_run *f)
{
	history_run_stop(f);
	history_place_close(&f->place);
}

void
history_run_push(struct history_run *f, int count)
{
	for (int i = 0; i < count; i++)
		history_push(f->history,
		    history_place_fact("example.nl", time(NULL), f->settings));
}

int64_t
history_run_ask(const struct history_run *f, const char *sql)
{
	return history_place_ask(f->place.path, sql);
}

uint64_t
history_run_lost(struct history_run *f)
{
	struct history_counts counts = history_counts(f->history);
	uint64_t sum = 0;

	for (size_t i = 0; i < HISTORY_CAUSE_COUNT; i++)
		sum += counts.lost[i];
	return sum;
}

void
history_run_nap(void)
{
	struct timespec t = { 0, 10000000 };

	nanosleep(&t, NULL);
}

void
history_run_wait_rows(struct history_run *f, uint64_t rows)
{
	for (int i = 0; i < PATIENCE && history_counts(f->history).rows < rows; i++)
		history_run_nap();
	assert_int_equal(history_counts(f->history).rows, rows);
}

void
history_run_wait_state(struct history_run *f, enum history_state state)
{
	for (int i = 0; i < PATIENCE && history_counts(f->history).state != state; i++)
		history_run_nap();
	assert_int_equal(history_counts(f->history).state, state);
}
