#include "question_facts.h"
#include "base/pool.h"
#include "dns/question_name.h"
#include "dns/questions.h"
#include "mail/evidence.h"

static struct question_fact
fact_of(const struct question *q, struct pool *pool)
{
	struct question_fact fact = {
		.name = pool_strdup(pool, q->name),
		.type = question_name_of_type(q->type),
		/* Of one without an answer: how long it was waited for. */
		.ms = q->took_ms > 0 ? q->took_ms : q->ms,
	};

	if (q->answer == NULL)
		return fact;
	fact.status = question_name_of_status(q->answer->status);
	fact.sec = q->answer->secure ? DNS_SEC_YES : DNS_SEC_NO;
	if (q->answer->reason != NULL)
		fact.reason = pool_strdup(pool, q->answer->reason);
	return fact;
}

struct question_fact *
question_facts(const struct questions *questions, struct pool *pool, size_t *count)
{
	const struct question *list = questions_list(questions, count);
	struct question_fact *facts = pool_alloc(pool, (*count + 1) * sizeof *facts);

	for (size_t i = 0; i < *count; i++)
		facts[i] = fact_of(&list[i], pool);
	return facts;
}
