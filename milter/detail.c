#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/pool.h"
#include "detail.h"
#include "dns/dname.h"
#include "dns/question_name.h"
#include "dns/questions.h"
#include "mail/evidence.h"
#include "mail/near_record.h"
#include "policy/verdict.h"

#define QUEUE_ID_OCTETS 40
#define NAME_OCTETS 300
#define RECORD_OCTETS 500
#define UNANSWERED_MAX 3

/* The line so far; what comes from outside is put in as one word. */
struct line {
	char id[QUEUE_ID_OCTETS + 1];
	char text[LOG_LINE_MAX + 1];
	struct buf b;
};

static void
begin(struct line *l, const struct evidence *ev, const char *what)
{
	struct buf id;

	buf_init(&id, l->id, sizeof l->id);
	buf_put_word(&id, ev->queue_id, QUEUE_ID_OCTETS);
	buf_init(&l->b, l->text, sizeof l->text);
	buf_puts(&l->b, what);
}

static void
add(struct line *l, const char *before, const char *word, size_t max)
{
	buf_puts(&l->b, before);
	buf_put_word(&l->b, word, max);
}

/* A record or a part of one, in quotes, to be read: nothing in it reads as a field. */
static void
add_quoted(struct line *l, const char *text, size_t max)
{
	buf_puts(&l->b, ": \"");
	for (size_t i = 0; i < max && text[i] != '\0'; i++) {
		char one[] = { text[i], '\0' };

		if (text[i] == '=' && !near_record_is_tag(text, i))
			buf_puts(&l->b, "\\x3d");
		else
			buf_put_escaped(&l->b, one);
	}
	buf_puts(&l->b, "\"");
}

static void
add_phrase(struct line *l, const char *phrase)
{
	if (phrase != NULL)
		buf_printf(&l->b, " (%s)", phrase);
}

static void
end(const struct line *l)
{
	log_detail(l->id, l->text);
}

static void
log_question(const struct evidence *ev, const struct question *q)
{
	struct line l;

	begin(&l, ev, "asked ");
	buf_puts(&l.b, question_name_of_type(q->type));
	add(&l, " of ", q->name, NAME_OCTETS);
	if (q->answer == NULL) {
		buf_puts(&l.b, ": early, was not needed");
	} else {
		buf_printf(&l.b, ": %s", question_name_of_status(q->answer->status));
		add_phrase(&l, q->answer->reason);
		buf_printf(&l.b, ", %.1f ms", q->took_ms > q->ms ? q->took_ms : q->ms);
	}
	end(&l);
}

static void
log_spf(const struct evidence *ev, const struct spf_evidence *spf)
{
	struct line l;

	for (size_t i = 0; i < spf->step_count; i++) {
		const struct spf_step *step = &spf->steps[i];

		begin(&l, ev, "spf");
		add(&l, " ", step->domain, NAME_OCTETS);
		add_quoted(&l, step->term, NAME_OCTETS);
		if (step->target != NULL)
			add(&l, " for ", step->target, NAME_OCTETS);
		buf_printf(&l.b, ": %s", step->outcome);
		end(&l);
	}
	begin(&l, ev, "spf");
	add(&l, " of ", *spf->domain != '\0' ? spf->domain : "no domain", NAME_OCTETS);
	buf_printf(&l.b, ": %s", evidence_spf_name(spf->result));
	add_phrase(&l, spf->reason);
	buf_printf(&l.b, ", %d lookup%s, %d of them void", spf->lookups,
	    spf->lookups == 1 ? "" : "s", spf->void_lookups);
	end(&l);
}

static void
log_relay_results(const struct evidence *ev)
{
	const char *name = evidence_relay_results_name(ev->relay.results);
	struct line l;

	if (name == NULL)
		return;
	begin(&l, ev, "results of the relay: ");
	buf_puts(&l.b, name);
	add_phrase(&l, ev->relay.results_reason);
	end(&l);
}

static void
log_signature(const struct evidence *ev, const struct dkim_evidence *d)
{
	struct line l;

	begin(&l, ev, "dkim");
	add(&l, " d=", d->domain, NAME_OCTETS);
	add(&l, " s=", d->selector, NAME_OCTETS);
	add(&l, " a=", d->algorithm, NAME_OCTETS);
	add(&l, " b=", d->b_start, NAME_OCTETS);
	if (d->key_bits > 0)
		buf_printf(&l.b, ", key of %d bits", d->key_bits);
	buf_printf(
	    &l.b, ": %s%s", evidence_dkim_name(d->result), d->testing ? ", testing" : "");
	add_phrase(&l, d->reason);
	end(&l);
}

static void
log_dmarc(const struct evidence *ev)
{
	const struct dmarc_evidence *d = &ev->dmarc;
	struct line l;

	for (size_t i = 0; i < d->step_count; i++) {
		begin(&l, ev, "dmarc ");
		buf_puts(&l.b, d->steps[i].what);
		add(&l, " ", d->steps[i].name, NAME_OCTETS);
		buf_printf(&l.b, ": %s", d->steps[i].outcome);
		end(&l);
	}
	if (d->record != NULL) {
		const char *owner = evidence_record_owner(d);

		begin(&l, ev, "dmarc record");
		add(&l, " of ", owner != NULL ? owner : "?", NAME_OCTETS);
		add_quoted(&l, d->record, RECORD_OCTETS);
		end(&l);
	}
	begin(&l, ev, "dmarc of");
	add(&l, " ", *ev->from.domain != '\0' ? ev->from.domain : "no domain",
	    NAME_OCTETS);
	buf_printf(&l.b, ": %s", evidence_dmarc_name(d->result));
	add_phrase(&l, ev->from.status != FROM_OK ? ev->from.reason : d->reason);
	if (d->policy_known)
		buf_printf(&l.b, ", asked for %s by %s=%s%s",
		    evidence_policy_name(d->policy), evidence_tag_name(d->tag),
		    evidence_policy_name(d->published), d->pct_zero ? ", pct=0" : "");
	end(&l);
}

/* What TrustedForwarders asked. */
static void
log_forward(const struct evidence *ev)
{
	const char *forwarded = evidence_forwarded_name(ev->forward.forwarded);
	const char *name = ev->forward.client_confirmed;
	struct line l;

	if (forwarded == NULL && name == NULL)
		return;
	begin(&l, ev, "forwarded: ");
	buf_puts(&l.b, forwarded != NULL ? forwarded : "not asked");
	if (name != NULL)
		add(&l, ", confirmed name: ", *name != '\0' ? name : "none", NAME_OCTETS);
	end(&l);
}

static void
log_rule(const struct evidence *ev, const struct verdict *v)
{
	struct line l;

	begin(&l, ev, "rule ");
	buf_printf(&l.b, "%s: %s", rule_name(v->rule), verdict_action_name(v->would));
	if (v->would != v->action)
		buf_printf(
		    &l.b, ", but Mode monitor: %s", verdict_action_name(v->action));
	add_phrase(&l, v->reason);
	end(&l);
}

void
detail_log(const struct questions *questions, const struct evidence *ev,
    const struct verdict *verdict)
{
	const struct question *list;
	size_t count;

	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	list = questions_list(questions, &count);
	for (size_t i = 0; i < count; i++)
		log_question(ev, &list[i]);
	if (ev->exemption == EXEMPT_NO) {
		log_spf(ev, &ev->spf);
		if (ev->has_spf_helo)
			log_spf(ev, &ev->spf_helo);
		for (size_t i = 0; i < ev->dkim_count; i++)
			log_signature(ev, &ev->dkim[i]);
		log_relay_results(ev);
		log_dmarc(ev);
		log_forward(ev);
	}
	log_rule(ev, verdict);
}

static bool
is_unanswered(const struct question *q)
{
	return q->answer != NULL &&
	       (q->answer->status == DNS_TEMPFAIL || q->answer->status == DNS_BOGUS);
}

/* Those of DMARC and DKIM are made of names in the header; others may be SPF's. */
static const char *
telling_name(const struct question *q)
{
	bool ours = q->type == DNS_TXT && (strncmp(q->name, "_dmarc.", 7) == 0 ||
					      strstr(q->name, "._domainkey.") != NULL);

	return ours ? q->name : dname_domain(q->name);
}

const char *
detail_unanswered(const struct questions *questions, struct pool *pool)
{
	char text[UNANSWERED_MAX * 300];
	const struct question *list;
	size_t count, told = 0;
	struct buf b;

	buf_init(&b, text, sizeof text);
	list = questions_list(questions, &count);
	for (size_t i = 0; i < count && told < UNANSWERED_MAX; i++) {
		if (!is_unanswered(&list[i]))
			continue;
		buf_printf(&b, "%s%s of ", told++ > 0 ? ", " : "",
		    question_name_of_type(list[i].type));
		buf_put_word(&b, telling_name(&list[i]), 260);
	}
	return told > 0 ? pool_strdup(pool, text) : NULL;
}

struct question_fact *
detail_questions(const struct questions *questions, struct pool *pool, size_t *count)
{
	const struct question *list = questions_list(questions, count);
	struct question_fact *facts = pool_alloc(pool, (*count + 1) * sizeof *facts);

	for (size_t i = 0; i < *count; i++) {
		const struct question *q = &list[i];
		const struct dns_answer *answer = q->answer;

		facts[i] = (struct question_fact){ .name = q->name,
			.type = question_name_of_type(q->type),
			.ms = q->took_ms > 0 ? q->took_ms : q->ms };
		if (answer == NULL)
			continue;
		facts[i].status = question_name_of_status(answer->status);
		facts[i].reason = answer->reason;
		facts[i].dns_sec = answer->secure ? DNS_SEC_YES : DNS_SEC_NO;
	}
	return facts;
}
