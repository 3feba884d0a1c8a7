#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "mail/evidence.h"
#include "outcome/outcome.h"
#include "outcome/outcome_line.h"
#include "policy/verdict.h"

/* Each counts by itself, and nobody is ordered by it: relaxed costs the least. */
struct outcome {
	_Atomic uint64_t messages, exempt, judges_differ, proofs;
	_Atomic uint64_t actions[ACTION_COUNT], would[ACTION_COUNT], rules[RULE_COUNT];
	_Atomic uint64_t dmarc[DMARC_RESULT_COUNT][DMARC_POLICY_COUNT + 1];
	_Atomic uint64_t spf[SPF_RESULT_COUNT], dkim[DKIM_RESULT_COUNT];
	_Atomic uint64_t waits[OUTCOME_WAITS + 1], wait_ms;
	_Atomic int64_t last;
};

static const int wait_ends_ms[OUTCOME_WAITS] = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500,
	5000, 10000, 20000 };

static void
add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static void
load_all(uint64_t *to, const _Atomic uint64_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = atomic_load_explicit(&from[i], memory_order_relaxed);
}

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

int
outcome_wait_ms(int wait)
{
	return wait_ends_ms[wait];
}

struct outcome_counts
outcome_counts(const struct outcome *outcome)
{
	struct outcome_counts counts = {
		.messages = atomic_load(&outcome->messages),
		.accepted = atomic_load(&outcome->actions[ACTION_ACCEPT]),
		.marked = atomic_load(&outcome->actions[ACTION_HEADER]),
		.held = atomic_load(&outcome->actions[ACTION_HOLD]),
		.rejected = atomic_load(&outcome->actions[ACTION_REJECT]),
		.deferred = atomic_load(&outcome->actions[ACTION_TEMPFAIL]),
		.exempt = atomic_load(&outcome->exempt),
		.judges_differ = atomic_load(&outcome->judges_differ),
		.proofs = atomic_load(&outcome->proofs),
		.wait_ms = atomic_load(&outcome->wait_ms),
		.last = atomic_load(&outcome->last),
	};

	load_all(counts.would, outcome->would, ACTION_COUNT);
	load_all(counts.rules, outcome->rules, RULE_COUNT);
	for (size_t i = 0; i < DMARC_RESULT_COUNT; i++)
		load_all(counts.dmarc[i], outcome->dmarc[i], DMARC_POLICY_COUNT + 1);
	load_all(counts.spf, outcome->spf, SPF_RESULT_COUNT);
	load_all(counts.dkim, outcome->dkim, DKIM_RESULT_COUNT);
	load_all(counts.waits, outcome->waits, OUTCOME_WAITS + 1);
	return counts;
}

/* The one that says most for the message. */
static enum dkim_result
best_dkim(const struct evidence *ev)
{
	static const int rank[DKIM_RESULT_COUNT] = {
		[DKIM_NONE] = 0,
		[DKIM_PERMERROR] = 1,
		[DKIM_FAIL] = 2,
		[DKIM_NEUTRAL] = 3,
		[DKIM_POLICY] = 4,
		[DKIM_TEMPERROR] = 5,
		[DKIM_PASS] = 6,
	};
	enum dkim_result best = DKIM_NONE;

	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (rank[ev->dkim[i].result] > rank[best])
			best = ev->dkim[i].result;
	}
	return best;
}

static void
count_wait(struct outcome *outcome, int ms)
{
	int wait = 0;

	while (wait < OUTCOME_WAITS && ms > wait_ends_ms[wait])
		wait++;
	add(&outcome->waits[wait], 1);
	add(&outcome->wait_ms, ms > 0 ? (uint64_t)ms : 0);
}

static void
count_judged(
    struct outcome *outcome, const struct evidence *ev, const struct verdict *verdict)
{
	size_t policy =
	    evidence_has_policy(ev) ? (size_t)ev->dmarc.policy : DMARC_POLICY_COUNT;

	add(&outcome->actions[verdict->action], 1);
	add(&outcome->would[verdict->would], 1);
	add(&outcome->dmarc[ev->dmarc.result][policy], 1);
	add(&outcome->spf[ev->spf.result], 1);
	add(&outcome->dkim[best_dkim(ev)], 1);
	count_wait(outcome, ev->wait_ms);
}

static void
count(struct outcome *outcome, const struct evidence *ev, const struct verdict *verdict)
{
	add(&outcome->messages, 1);
	add(&outcome->rules[verdict->rule], 1);
	atomic_store_explicit(&outcome->last, ev->received, memory_order_relaxed);
	if (ev->exemption != EXEMPT_NO)
		add(&outcome->exempt, 1);
	else
		count_judged(outcome, ev, verdict);
}

static void
count_all(
    struct outcome *outcome, const struct evidence *ev, const struct verdict *verdict)
{
	if (ev->proof) {
		add(&outcome->proofs, 1);
		return;
	}
	count(outcome, ev, verdict);
	if (ev->dmarc.judges_differ) {
		add(&outcome->judges_differ, 1);
		log_error(
		    "%.40s: libopendmarc judges differently, the stricter result counts: "
		    "please report this message",
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
