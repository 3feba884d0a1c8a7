#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "mail/evidence.h"
#include "outcome/outcome.h"
#include "outcome/outcome_line.h"
#include "policy/verdict.h"

struct outcome {
	_Atomic uint64_t messages, exempt, judges_differ;
	_Atomic uint64_t actions[ACTION_COUNT];
};

struct outcome *
outcome_new(void)
{
	return mem_alloc(sizeof(struct outcome));
}

void
outcome_free(struct outcome *outcome)
{
	free(outcome);
}

struct outcome_counts
outcome_counts(const struct outcome *outcome)
{
	return (struct outcome_counts){
		.messages = atomic_load(&outcome->messages),
		.accepted = atomic_load(&outcome->actions[ACTION_ACCEPT]),
		.marked = atomic_load(&outcome->actions[ACTION_HEADER]),
		.held = atomic_load(&outcome->actions[ACTION_HOLD]),
		.rejected = atomic_load(&outcome->actions[ACTION_REJECT]),
		.deferred = atomic_load(&outcome->actions[ACTION_TEMPFAIL]),
		.exempt = atomic_load(&outcome->exempt),
		.judges_differ = atomic_load(&outcome->judges_differ),
	};
}

static void
count_all(
    struct outcome *outcome, const struct evidence *ev, const struct verdict *verdict)
{
	atomic_fetch_add(&outcome->messages, 1);
	if (ev->exemption != EXEMPT_NO)
		atomic_fetch_add(&outcome->exempt, 1);
	else
		atomic_fetch_add(&outcome->actions[verdict->action], 1);
	if (ev->dmarc.judges_differ) {
		atomic_fetch_add(&outcome->judges_differ, 1);
		log_error(
		    "%.40s: libopendmarc judges otherwise, the stricter holds: please "
		    "report this message",
		    ev->queue_id);
	}
}

void
outcome_tell(
    struct outcome *outcome, const struct evidence *ev, const struct verdict *verdict)
{
	char line[LOG_LINE_MAX + 1];

	count_all(outcome, ev, verdict);
	if (!log_wants(LOG_LEVEL_INFO))
		return;
	outcome_line(ev, verdict, line, sizeof line);
	log_info("%s", line);
}

void
outcome_tell_object(struct outcome *outcome, const struct evidence *ev,
    const struct verdict *verdict, const char *object)
{
	count_all(outcome, ev, verdict);
	log_object(object);
}
