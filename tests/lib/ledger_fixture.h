#ifndef LEDGER_FIXTURE_H
#define LEDGER_FIXTURE_H

#include <stdint.h>

#include "history/ledger.h"
#include "history_place.h"

#define DAY ((int64_t)86400)
#define NOW (20000 * DAY + 3600)

/* A ledger in a folder of its own.  What begins and is done must go well. */
struct ledger_fixture {
	struct history_place place;
	struct ledger *ledger;
	struct ledger_before before;
	int64_t settings;
	char why[500]; /* it was not opened */
};

void ledger_fixture_begin(struct ledger_fixture *f);
void ledger_fixture_end(struct ledger_fixture *f);

/* Again, after ledger_close(). */
enum store_status ledger_fixture_open(struct ledger_fixture *f);

/* ${count} messages in one transaction; ${trace} NULL: without one. */
enum store_status ledger_fixture_add(struct ledger_fixture *f, const char *domain,
    int64_t at, int count, const char *trace);

int64_t ledger_fixture_ask(const struct ledger_fixture *f, const char *sql);

/* How many messages there are with the policy that they point at. */
int64_t ledger_fixture_kept(const struct ledger_fixture *f);

/* All steps that there are; returns how many. */
int ledger_fixture_tidy(struct ledger_fixture *f, int64_t now);

#endif
