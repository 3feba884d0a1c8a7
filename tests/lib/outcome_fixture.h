#ifndef OUTCOME_FIXTURE_H
#define OUTCOME_FIXTURE_H

#include "mail/evidence.h"
#include "policy/verdict.h"

/* A message that was refused; each test changes what it is about. */
struct outcome_fixture {
	struct evidence ev;
	struct dkim_evidence dkim[40];
	struct verdict verdict;
	char line[1000]; /* for outcome_line() */
};

void outcome_fixture_begin(struct outcome_fixture *f);

#endif
