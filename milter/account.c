#include <stdbool.h>

#include "account.h"
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "detail.h"
#include "mail/evidence.h"
#include "outcome/outcome.h"
#include "outcome/outcome_json.h"
#include "parts.h"
#include "policy/judged_json.h"
#include "policy/reply.h"
#include "remember.h"

static void
tell_as_object(const struct account *a)
{
	struct judged_json judged = {
		.ev = a->ev,
		.verdict = a->verdict,
		.actions = a->actions,
		.reason = judged_json_reason(a->ev, a->pool),
	};
	struct evidence silent = *a->ev;
	struct text text = { 0 };

	/* What the domain has to say to its sender may name that sender. */
	silent.spf.explanation = NULL;
	judged.reply = reply_make(a->parts->config, &silent, a->verdict, a->pool);
	judged.questions =
	    detail_questions(a->questions, a->pool, &judged.question_count);
	outcome_json(&text, &judged);
	outcome_tell_object(a->parts->outcome, a->ev, a->verdict, text.data);
	text_free(&text);
}

static void
remember(const struct account *a)
{
	struct remember_message message = {
		.config = a->parts->config,
		.settings = a->parts->settings,
		.ev = a->ev,
		.verdict = a->verdict,
		.actions = a->actions,
	};

	if (remember_wants_trace(message.config, a->ev, a->verdict))
		message.questions =
		    detail_questions(a->questions, a->pool, &message.question_count);
	remember_message(a->parts->history, &message);
}

void
account_give(const struct account *a)
{
	detail_log(a->questions, a->ev, a->verdict);
	if (log_is_json() && log_wants(LOG_LEVEL_INFO))
		tell_as_object(a);
	else
		outcome_tell(a->parts->outcome, a->ev, a->verdict);
	if (a->parts->history != NULL && !a->ev->proof)
		remember(a);
}
