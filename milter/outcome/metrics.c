#include <inttypes.h>

#include "base/text.h"
#include "mail/evidence.h"
#include "outcome/metrics.h"
#include "outcome/outcome.h"
#include "policy/rule.h"
#include "policy/verdict.h"

static void
put_head(struct text *out, const char *name, const char *type, const char *help)
{
	text_printf(out, "# HELP beschermd_%s %s\n# TYPE beschermd_%s %s\n", name, help,
	    name, type);
}

/* A family of one. */
struct one {
	const char *name, *type, *help;
	uint64_t value;
};

static void
put_ones(struct text *out, const struct one *ones, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		put_head(out, ones[i].name, ones[i].type, ones[i].help);
		text_printf(
		    out, "beschermd_%s %" PRIu64 "\n", ones[i].name, ones[i].value);
	}
}

static void
put_seconds(struct text *out, const struct one *family, double seconds)
{
	put_head(out, family->name, family->type, family->help);
	text_printf(
	    out, "beschermd_%s %.6f\n", family->name, seconds > 0 ? seconds : 0.0);
}

static void
put_labelled(struct text *out, const char *name, const char *label, const char *word,
    uint64_t value)
{
	text_printf(
	    out, "beschermd_%s{%s=\"%s\"} %" PRIu64 "\n", name, label, word, value);
}

static void
put_words(struct text *out, const char *name, const char *label,
    const struct metrics_word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_labelled(out, name, label, words[i].word, words[i].value);
}

static void
put_actions(struct text *out, const struct outcome_counts *c)
{
	const uint64_t done[ACTION_COUNT] = {
		[ACTION_ACCEPT] = c->accepted,
		[ACTION_HEADER] = c->marked,
		[ACTION_HOLD] = c->held,
		[ACTION_REJECT] = c->rejected,
		[ACTION_TEMPFAIL] = c->deferred,
	};

	put_head(out, "messages_total", "counter",
	    "Messages by what was done; exempt: of clients that are not checked.");
	for (enum action a = ACTION_ACCEPT; a < ACTION_COUNT; a++)
		put_labelled(
		    out, "messages_total", "action", verdict_action_name(a), done[a]);
	put_labelled(out, "messages_total", "action", "exempt", c->exempt);
	put_head(out, "would_total", "counter",
	    "Messages that were judged, by what Mode enforce does with them.");
	for (enum action a = ACTION_ACCEPT; a < ACTION_COUNT; a++)
		put_labelled(
		    out, "would_total", "action", verdict_action_name(a), c->would[a]);
}

static void
put_rules(struct text *out, const struct outcome_counts *c)
{
	put_head(out, "rules_total", "counter", "Messages by the rule that decided.");
	for (enum rule r = 0; r < RULE_COUNT; r++)
		put_labelled(out, "rules_total", "rule", rule_name(r), c->rules[r]);
}

static void
put_dmarc(struct text *out, enum dmarc_result result, const uint64_t *counts)
{
	for (size_t p = 0; p <= DMARC_POLICY_COUNT; p++)
		text_printf(out,
		    "beschermd_dmarc_total{result=\"%s\",policy=\"%s\"} %" PRIu64 "\n",
		    evidence_dmarc_name(result),
		    p < DMARC_POLICY_COUNT ? evidence_policy_name((enum dmarc_policy)p)
					   : "unknown",
		    counts[p]);
}

static void
put_results(struct text *out, const struct outcome_counts *c)
{
	put_head(out, "dmarc_total", "counter",
	    "Messages by DMARC result and the policy of the author domain.");
	for (enum dmarc_result r = DMARC_NONE; r < DMARC_RESULT_COUNT; r++)
		put_dmarc(out, r, c->dmarc[r]);
	put_head(out, "spf_total", "counter", "Messages by SPF result.");
	for (enum spf_result r = SPF_NONE; r < SPF_RESULT_COUNT; r++)
		put_labelled(out, "spf_total", "result", evidence_spf_name(r), c->spf[r]);
	put_head(out, "dkim_total", "counter",
	    "Messages by DKIM result, the best of several signatures.");
	for (enum dkim_result r = DKIM_NONE; r < DKIM_RESULT_COUNT; r++)
		put_labelled(
		    out, "dkim_total", "result", evidence_dkim_name(r), c->dkim[r]);
}

static void
put_wait(struct text *out, const struct outcome_counts *c)
{
	uint64_t sum = 0;

	put_head(out, "wait_seconds", "histogram",
	    "From the end of the header to our answer: how long a sender waited for us.");
	for (int i = 0; i < OUTCOME_WAITS; i++) {
		sum += c->waits[i];
		text_printf(out, "beschermd_wait_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
		    outcome_wait_ms(i) / 1e3, sum);
	}
	sum += c->waits[OUTCOME_WAITS];
	text_printf(out,
	    "beschermd_wait_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n"
	    "beschermd_wait_seconds_sum %" PRIu64 ".%03d\n"
	    "beschermd_wait_seconds_count %" PRIu64 "\n",
	    sum, c->wait_ms / 1000, (int)(c->wait_ms % 1000), sum);
}

static void
put_dns(struct text *out, const struct metrics_dns *d)
{
	const struct one ones[] = {
		{ "dns_lookups_total", "counter", "Lookups that messages needed.",
		    d->lookups },
		{ "dns_hits_total", "counter", "Lookups that the cache answered.",
		    d->hits },
		{ "dns_sent_total", "counter",
		    "Lookups for which name servers were asked.", d->sent },
		{ "dns_timeouts_total", "counter", "Lookups without an answer in time.",
		    d->timeouts },
		{ "dns_bogus_total", "counter", "Answers that DNSSEC shows to be forged.",
		    d->bogus },
		{ "dns_refused_total", "counter",
		    "Lookups that found no free place in time.", d->refused },
		{ "dns_cache_entries", "gauge", "Answers in the cache.",
		    d->cache_entries },
		{ "dns_cache_bytes", "gauge", "Memory that they take.", d->cache_bytes },
		{ "dns_in_flight", "gauge", "Lookups in progress.", d->in_flight },
		{ "dns_outage", "gauge", "1: no name server answers.", d->outage },
		{ "dns_validating", "gauge", "1: DNSSEC is in force.", d->validates },
	};

	put_ones(out, ones, sizeof ones / sizeof ones[0]);
}

static void
put_history(struct text *out, const struct metrics_history *h)
{
	const struct one ones[] = {
		{ "history_rows_total", "counter", "Verdicts that were written.",
		    h->rows },
		{ "history_commits_total", "counter", "How often some were written.",
		    h->commits },
		{ "history_queue_facts", "gauge", "Verdicts not written yet.",
		    h->queue_facts },
		{ "history_queue_bytes", "gauge", "Memory that they take.",
		    h->queue_bytes },
		{ "history_size_bytes", "gauge", "Size of the file.", h->size_bytes },
	};
	const struct one commit = { "history_commit_seconds_total", "counter",
		"Time that writing took.", 0 };
	const struct one age = { "history_queue_age_seconds", "gauge",
		"How long the oldest verdict has waited to be written.", 0 };
	const struct one oldest = { "history_oldest_seconds", "gauge",
		"Age of the oldest verdict in the file.", 0 };

	put_ones(out, ones, sizeof ones / sizeof ones[0]);
	put_seconds(out, &commit, h->commit_seconds);
	put_seconds(out, &age, h->queue_age_seconds);
	put_seconds(out, &oldest, h->oldest_seconds);
	put_head(
	    out, "history_lost_total", "counter", "Verdicts not remembered, by cause.");
	put_words(out, "history_lost_total", "cause", h->lost, h->lost_count);
	put_head(out, "history_state", "gauge",
	    "1: this is the state of the history; all 0: none is kept.");
	put_words(out, "history_state", "state", h->states, h->state_count);
}

static void
put_daemon(struct text *out, const struct metrics_figures *f)
{
	const struct metrics_word reloads[] = { { "ok", f->reloads },
		{ "refused", f->reloads_refused } };
	const struct one ones[] = {
		{ "mode_enforce", "gauge", "1: Mode enforce, 0: Mode monitor.",
		    f->enforces },
		{ "start_time_seconds", "gauge", "When the daemon started, Unix time.",
		    (uint64_t)f->start },
		{ "last_message_time_seconds", "gauge",
		    "When the last message came, Unix time; 0: none since the start.",
		    (uint64_t)f->outcome->last },
		{ "overrides", "gauge", "Overrides in the settings.", f->overrides },
		{ "overrides_expired", "gauge", "Overrides whose last day has passed.",
		    f->overrides_expired },
		{ "judges_differ_total", "counter",
		    "Messages that libopendmarc judges differently; the stricter result "
		    "counts.",
		    f->outcome->judges_differ },
		{ "prove_messages_total", "counter",
		    "Test messages of beschermctl prove, which count nowhere else.",
		    f->outcome->proofs },
	};

	put_head(out, "config_info", "gauge", "The version, and the Mode in force.");
	text_printf(out, "beschermd_config_info{version=\"%s\",mode=\"%s\"} 1\n",
	    f->version, f->mode);
	put_ones(out, ones, sizeof ones / sizeof ones[0]);
	put_head(out, "reloads_total", "counter",
	    "Reloads; refused: the old settings stayed.");
	put_words(out, "reloads_total", "result", reloads, 2);
}

void
metrics_text(const struct metrics_figures *figures, struct text *out)
{
	put_actions(out, figures->outcome);
	put_rules(out, figures->outcome);
	put_results(out, figures->outcome);
	put_wait(out, figures->outcome);
	put_dns(out, &figures->dns);
	put_history(out, &figures->history);
	put_daemon(out, figures);
}
