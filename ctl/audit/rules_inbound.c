#include <string.h>

#include "ctl/audit/rules_here.h"
#include "ctl/audit/rules_inbound.h"
#include "ctl/audit/rules_row.h"
#include "ctl/audit/server.h"
#include "ctl/text.h"

static const struct rules_row not_here = { "inbound.host", AUDIT_UNKNOWN,
	N_("mail is received by %s: ask its administrator, or run the audit there"),
	NULL };
static const struct rules_row here = { "inbound.host", AUDIT_INFO,
	N_("mail is received by this server (%s)"), NULL };
static const struct rules_row no_server = { "inbound.unseen", AUDIT_UNKNOWN,
	N_("not looked at: the answers come from a file, and do not concern this server"),
	NULL };
static const struct rules_row no_hosts = { "inbound.none", AUDIT_UNKNOWN,
	N_("which server receives its mail is not known: there is no MX"), NULL };

static const struct rules_row no_answer = { "inbound.mx", AUDIT_UNKNOWN,
	N_("there was no answer for MX: %s"), NULL };

/* Facts that are so or not. */

enum fact {
	FACT_SETTINGS,
	FACT_MONITOR,
	FACT_REJECT,
	FACT_QUARANTINE,
	FACT_SOCKET,
	FACT_POSTFIX,
	FACT_DEFAULT
};

static const struct rules_row fact_rows[] = {
	[FACT_SETTINGS] = { "inbound.settings", AUDIT_WRONG,
	    N_("the settings of the filter have a mistake: %s"), NULL },
	[FACT_MONITOR] = { "inbound.mode", AUDIT_WRONG,
	    N_("the filter only watches (Mode monitor)"), "Mode enforce" },
	[FACT_REJECT] = { "inbound.reject", AUDIT_WRONG,
	    N_("OnReject accept: mail that the sender's domain wants refused comes in"),
	    "OnReject reject" },
	[FACT_QUARANTINE] = { "inbound.quarantine", AUDIT_WRONG,
	    N_("OnQuarantine accept: mail that the sender's domain wants set aside comes "
	       "in"),
	    "OnQuarantine header" },
	[FACT_SOCKET] = { "inbound.socket", AUDIT_WRONG,
	    N_("the filter does not answer: is it running?"),
	    "systemctl start beschermd" },
	[FACT_POSTFIX] = { "inbound.postfix", AUDIT_WRONG,
	    N_("beschermctl postfix finds something to fix (%s in all): %s"), NULL },
	[FACT_DEFAULT] = { "inbound.default", AUDIT_LOOK,
	    N_("Postfix lets mail in when the filter does not answer"),
	    "milter_default_action = tempfail" },
};

static const struct rules_row well = { "inbound.checks", AUDIT_OK,
	N_("the filter checks and refuses by SPF, DKIM and DMARC"), NULL };

static bool
holds(const struct server *s, enum fact fact)
{
	switch (fact) {
	case FACT_SETTINGS:
		return s->settings_wrong != NULL;
	case FACT_MONITOR:
		return s->monitor;
	case FACT_REJECT:
		return s->reject_accepts;
	case FACT_QUARANTINE:
		return s->quarantine_accepts;
	case FACT_SOCKET:
		return s->socket_is_known && !s->socket_answers;
	case FACT_POSTFIX:
		return s->has_postfix && s->postfix_faults > 0;
	case FACT_DEFAULT:
		return s->has_postfix && s->passes_without_us;
	}
	return false;
}

/* How many are wrong. */
static size_t
judge_facts(struct rules_case *c, const struct server *s)
{
	size_t wrong = 0;

	for (enum fact fact = FACT_SETTINGS; fact <= FACT_DEFAULT; fact++) {
		struct rules_about about = { 0 };

		if (!holds(s, fact))
			continue;
		if (fact == FACT_SETTINGS)
			about.one = s->settings_wrong;
		if (fact == FACT_POSTFIX) {
			about.one = rules_row_number(c, s->postfix_faults);
			about.two = s->postfix_first != NULL ? s->postfix_first : "";
		}
		rules_row_add(c, &fact_rows[fact], about);
		wrong += fact_rows[fact].level == AUDIT_WRONG;
	}
	return wrong;
}

/* Who may come in unchecked. */

static const struct rules_row doors[2][2] = {
	{ { "inbound.door", AUDIT_LOOK, N_("lets mail in unchecked: %s"), NULL },
	    { "inbound.door", AUDIT_LOOK, N_("lets mail in unchecked: %s, until %s"),
		NULL } },
	{ { "inbound.door", AUDIT_WRONG,
	      N_("lets mail in unchecked from half the Internet: %s"), NULL },
	    { "inbound.door", AUDIT_WRONG,
		N_("lets mail in unchecked from half the Internet: %s, until %s"),
		NULL } },
};

static size_t
judge_doors(struct rules_case *c, const struct server *s)
{
	size_t wrong = 0;

	for (size_t i = 0; i < s->door_count; i++) {
		const struct server_door *d = &s->doors[i];

		rules_row_add(c, &doors[d->is_huge][d->until != NULL],
		    (struct rules_about){ .one = d->what, .two = d->until });
		wrong += d->is_huge;
	}
	return wrong;
}

static const struct rules_row history = { "inbound.history", AUDIT_INFO,
	N_("in the last 30 days %s messages were checked, %s refused and %s marked"),
	NULL };

/* What was tried with messages of our own, from outside. */

static const struct rules_row unproven = { "inbound.proven", AUDIT_LOOK,
	N_("whether forged mail is refused was not tested from outside"),
	"beschermctl prove" };
static const struct rules_row unread = { "inbound.proven", AUDIT_LOOK,
	N_("the evidence of beschermctl prove could not be read (%s: %s)"), NULL };
static const struct rules_row outdated = { "inbound.proven", AUDIT_LOOK,
	N_("whether forged mail is refused was tested on %s, but not since the "
	   "settings changed, or not in the last three months"),
	"beschermctl prove" };
static const struct rules_row proven = { "inbound.proven", AUDIT_OK,
	N_("that forged mail is refused was shown with test messages on %s"), NULL };
static const struct rules_row disproven = { "inbound.proven", AUDIT_WRONG,
	N_("test messages on %s showed that this server does not do what the rule asks"),
	"beschermctl prove" };

/* Is it wrong? */
static size_t
judge_proof(struct rules_case *c, const struct server_proof *p)
{
	const struct rules_row *row = &unproven;
	struct rules_about about = { .one = p->day };

	if (p->verdict == SERVER_PROVEN_NOT_MET)
		row = &disproven;
	else if (p->verdict == SERVER_PROVEN_MET)
		row = p->is_fresh && p->same_settings ? &proven : &outdated;
	else if (p->day == NULL && p->unread != NULL)
		about = (struct rules_about){ .one = p->unread, .two = p->unread_why };
	rules_row_add(c, about.two != NULL ? &unread : row, about);
	return row == &disproven;
}

static void
judge_server(struct rules_case *c, const struct server *s)
{
	size_t wrong = judge_facts(c, s) + judge_doors(c, s);

	wrong += judge_proof(c, &s->proof);
	if (wrong == 0)
		rules_row_add(c, &well, (struct rules_about){ 0 });
	if (s->has_history)
		rules_row_add(c, &history,
		    (struct rules_about){
			.one = rules_row_number(c, (unsigned long long)s->messages),
			.two = rules_row_number(c, (unsigned long long)s->refused),
			.three = rules_row_number(c, (unsigned long long)s->marked) });
}

static bool
judge_hosts(struct rules_case *c, const struct server *s)
{
	const struct facts *f = c->f;
	bool ours = false;

	for (size_t i = 0; i < f->host_count; i++) {
		const struct facts_host *h = &f->hosts[i];

		if (h->is_null)
			continue;
		rules_row_add(c, rules_here_is(s, h) ? &here : &not_here,
		    (struct rules_about){ .one = h->name, .seen = &f->mx });
		ours = ours || rules_here_is(s, h);
	}
	return ours;
}

void
rules_inbound(struct rules_case *c, const struct server *server)
{
	if (!server->is_known)
		rules_row_add(c, &no_server, (struct rules_about){ 0 });
	else if (rules_row_failed(&c->f->mx))
		rules_row_add(c, &no_answer,
		    (struct rules_about){
			.one = rules_row_why(&c->f->mx), .seen = &c->f->mx });
	else if (c->f->host_count == 0 || c->f->hosts[0].is_null)
		rules_row_add(c, &no_hosts, (struct rules_about){ .seen = &c->f->mx });
	else if (judge_hosts(c, server))
		judge_server(c, server);
}
