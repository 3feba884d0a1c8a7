#include <stdio.h>
#include <stdlib.h>

#include "base/hostname.h"
#include "base/pool.h"
#include "base/text.h"
#include "config.h"
#include "config/config.h"
#include "config/config_print.h"
#include "history/fact.h"
#include "history/history.h"
#include "history/history_path.h"
#include "history/schema.h"
#include "history/store.h"
#include "mail/evidence.h"
#include "policy/actions.h"
#include "policy/judged_json.h"
#include "policy/verdict.h"
#include "remember.h"

#define MB (1024LL * 1024)
#define BUSY_MS 250 /* as long as the daemon waits for others */

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
	struct config told = *config;
	char nothing[] = "";
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return history_settings(history, PACKAGE_VERSION, "");
	/* Judges nothing, and names a host and a user of the database it is copied to. */
	told.history_shared = nothing;
	config_print(&told, out);
	fclose(out);
	settings = history_settings(history, PACKAGE_VERSION, text);
	free(text);
	return settings;
}

/* Is what is there a history that we can write?  What is damaged is put aside then. */
static bool
check_file(const char *path, char *why, size_t whysize)
{
	const struct store_options options = {
		.path = path, .read_only = true, .busy_ms = BUSY_MS
	};
	enum store_status status;
	struct store *store = store_open(&options, &status, why, whysize);
	char what[200];

	if (store == NULL)
		return true; /* none yet, or damaged */
	status = schema_check_version(store, what, sizeof what);
	store_close(store);
	if (status != STORE_FOREIGN)
		return true;
	snprintf(why, whysize, "%s %s", path, what);
	return false;
}

static bool
check_place(const struct config *config, bool is_served, char *why, size_t whysize)
{
	const char *path = config->history;

	if (!history_path_check(path, config->history_minimum_free_mb * MB, why, whysize))
		return false;
	if (!is_served && history_path_is_held(path)) {
		snprintf(why, whysize, "%s is in use by another daemon", path);
		return false;
	}
	return check_file(path, why, whysize);
}

bool
remember_check(const struct config *config, bool is_served, char *why, size_t whysize)
{
	char what[400];

	if (*config->history == '\0' || check_place(config, is_served, what, sizeof what))
		return true;
	snprintf(why, whysize, "History %s", what);
	return false;
}

bool
remember_wants_trace(
    const struct config *config, const struct evidence *ev, const struct verdict *verdict)
{
	if (ev->exemption != EXEMPT_NO || config->history_trace == CONFIG_TRACE_NONE ||
	    config->history_trace_days == 0)
		return false;
	if (config->history_trace == CONFIG_TRACE_ALL)
		return true;
	return verdict->would != ACTION_ACCEPT ||
	       (ev->dmarc.result != DMARC_PASS && ev->dmarc.result != DMARC_NONE);
}

/* As it was given, or in monitor mode would have been. */
static struct reply
reply_of(const struct remember_message *m, struct pool *pool)
{
	struct evidence silent;

	if (m->actions->reply.code != NULL && m->ev->spf.explanation == NULL)
		return m->actions->reply;
	/* What the domain has to say to its sender may name that sender. */
	silent = *m->ev;
	silent.spf.explanation = NULL;
	return reply_make(m->config, &silent, m->verdict, pool);
}

static struct fact *
with_trace(struct fact *fact, const struct remember_message *m)
{
	struct pool *pool = pool_new();
	struct judged_json judged = {
		.ev = m->ev,
		.verdict = m->verdict,
		.actions = m->actions,
		.reply = reply_of(m, pool),
		.reason = judged_json_reason(m->ev, pool),
		.questions = m->questions,
		.question_count = m->question_count,
	};
	struct text text = { 0 };

	judged_json_trace(&text, &judged);
	fact = fact_with_trace(fact, text.data, text.len);
	text_free(&text);
	pool_free(pool);
	return fact;
}

void
remember_message(struct history *history, const struct remember_message *m)
{
	struct fact *fact = fact_new(m->config, m->ev, m->verdict);

	if (fact == NULL)
		return;
	fact->settings = m->settings;
	if (m->questions != NULL)
		fact = with_trace(fact, m);
	history_push(history, fact);
}
