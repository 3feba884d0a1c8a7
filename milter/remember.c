#include <stdio.h>
#include <stdlib.h>

#include "base/hostname.h"
#include "base/pool.h"
#include "config.h"
#include "config/config.h"
#include "config/config_print.h"
#include "history/fact.h"
#include "history/history.h"
#include "mail/evidence.h"
#include "policy/judged_json.h"
#include "policy/verdict.h"
#include "question_facts.h"
#include "remember.h"

#define MB (1024LL * 1024)

static struct history_options
options_of(const struct config *config)
{
	return (struct history_options){
		.path = config->history,
		.queue_bytes = (size_t)config->history_queue_bytes,
		.limits = { .ledger = { .days = config->history_days,
				.trace_days = config->history_trace_days,
				.count_days = config->history_count_days,
				.file_bytes = config->history_maximum_mb * MB },
		    .free_bytes = config->history_minimum_free_mb * MB },
	};
}

struct history *
remember_open(const struct config *config, char *why, size_t whysize)
{
	struct history_options options = options_of(config);
	char host[HOSTNAME_SIZE];

	snprintf(why, whysize, "%s", "");
	if (*config->history == '\0')
		return NULL;
	options.host = hostname_get(host);
	return history_open(&options, why, whysize);
}

void
remember_change(struct history *history, const struct config *config)
{
	struct history_options options = options_of(config);

	history_change(history, &options);
}

struct history_settings *
remember_settings(struct history *history, const struct config *config)
{
	struct history_settings *settings;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return history_settings(history, PACKAGE_VERSION, "");
	config_print(config, out);
	fclose(out);
	settings = history_settings(history, PACKAGE_VERSION, text);
	free(text);
	return settings;
}

bool
remember_check(const struct config *config, char *why, size_t whysize)
{
	if (*config->history == '\0')
		return true;
	return history_path_check(
	    config->history, config->history_minimum_free_mb * MB, why, whysize);
}

static bool
is_doubtful(const struct remember_message *m)
{
	return m->verdict->would != ACTION_ACCEPT || m->ev->dmarc.result >= DMARC_FAIL;
}

/* Does HistoryTrace want every step of this one? */
static bool
wants_trace(const struct remember_message *m)
{
	if (m->config->history_trace == CONFIG_TRACE_DOUBTFUL)
		return is_doubtful(m);
	return m->config->history_trace == CONFIG_TRACE_ALL;
}

static void
add_trace(struct fact *fact, const struct remember_message *m)
{
	struct pool *pool = pool_new();
	struct judged_json judged = {
		.config = m->config,
		.ev = m->ev,
		.verdict = m->verdict,
	};
	struct text text = { 0 };

	judged.questions = question_facts(m->questions, pool, &judged.question_count);
	judged_json_trace(&text, &judged, pool);
	fact_set_trace(fact, text.data, text.len);
	pool_free(pool);
}

void
remember_message(struct history *history, const struct remember_message *m)
{
	struct fact *fact = fact_new(m->config, m->ev, m->verdict);

	if (fact == NULL)
		return;
	fact->settings = m->settings;
	if (wants_trace(m))
		add_trace(fact, m);
	history_push(history, fact);
}
