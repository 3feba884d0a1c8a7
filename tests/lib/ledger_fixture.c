#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "history/fact.h"
#include "ledger_fixture.h"

enum store_status
ledger_fixture_open(struct ledger_fixture *f)
{
	enum store_status status = STORE_OK;
	struct ledger_limits limits = {
		.days = 30, .trace_days = 7, .count_days = 400, .file_bytes = 1 << 30
	};

	f->ledger = ledger_open(
	    f->place.path, "mx.example", &f->before, &status, f->why, sizeof f->why);
	if (f->ledger != NULL)
		ledger_limit(f->ledger, &limits);
	return status;
}

void
ledger_fixture_begin(struct ledger_fixture *f)
{
	*f = (struct ledger_fixture){ 0 };
	history_place_open(&f->place);
	assert_int_equal(ledger_fixture_open(f), STORE_OK);
	assert_int_equal(
	    ledger_settings(f->ledger, "1.0", "Mode monitor\n", &f->settings), STORE_OK);
}

void
ledger_fixture_end(struct ledger_fixture *f)
{
	ledger_close(f->ledger, true);
	history_place_close(&f->place);
}

enum store_status
ledger_fixture_add(struct ledger_fixture *f, const char *domain, int64_t at, int count,
    const char *trace)
{
	enum store_status status = ledger_begin(f->ledger);

	for (int i = 0; i < count && status == STORE_OK; i++) {
		struct fact *fact = history_place_fact(domain, at, NULL);

		if (trace != NULL)
			fact = fact_with_trace(fact, trace, strlen(trace));
		status = ledger_add(f->ledger, fact, f->settings);
		fact_free(fact);
	}
	if (status == STORE_OK)
		status = ledger_commit(f->ledger);
	if (status != STORE_OK)
		ledger_rollback(f->ledger, status);
	return status;
}

int64_t
ledger_fixture_ask(const struct ledger_fixture *f, const char *sql)
{
	return history_place_ask(f->place.path, sql);
}

int64_t
ledger_fixture_kept(const struct ledger_fixture *f)
{
	return ledger_fixture_ask(
	    f, "SELECT count(*) FROM message m JOIN policy p ON p.id=m.policy_id");
}

int
ledger_fixture_tidy(struct ledger_fixture *f, int64_t now)
{
	bool more = true;
	int steps = 0;

	for (; more; steps++)
		assert_int_equal(ledger_tidy(f->ledger, now, &more), STORE_OK);
	return steps;
}
