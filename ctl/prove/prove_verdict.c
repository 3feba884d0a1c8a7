#include <string.h>

#include "ctl/prove/prove_verdict.h"
#include "ctl/text.h"

/* What can be found, and what that means. */
enum row {
	NOT_SENT,
	AWAY,
	OTHER_FILTER,
	LOST,
	HELD_OTHER,
	PAST_THE_FILTER,
	NO_PROOF,
	ONE_ORGANISATION,
	FORGED_LEFT,
	TWICE,
	PUT_OFF,
	LET_IN_MONITOR,
	LET_IN,
	LET_IN_SET,
	CAUGHT_GENUINE,
	CAUGHT_GENUINE_SET,
	OTHER_RESULT,
	LET_IN_UNASKED,
	LET_IN_OWN,
	OWN_UNKNOWN,
	OTHER_SETTINGS,
	WELL_REFUSED,
	WELL_HELD,
	WELL_MARKED,
	WELL_DELIVERED,
	WELL_PUT_OFF
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
static const struct {
	enum prove_level level;
	const char *text;
	bool is_phrase; /* its word is one of ours */
} rows[] = {
	[NOT_SENT] = { PROVE_UNTESTED, N_("not tested: %s"), true },
	[AWAY] = { PROVE_UNTESTED, N_("not tested: the filter does not answer (%s)") },
	[OTHER_FILTER] = { PROVE_UNTESTED,
	    N_("not tested: refused by Postfix, by another filter, or by ours with other "
	       "settings than the file has: %s") },
	[LOST] = { PROVE_UNTESTED,
	    N_("not tested: accepted, but not found in the queue (%s)") },
	[HELD_OTHER] = { PROVE_UNTESTED, N_("not tested: another filter held it") },
	[PAST_THE_FILTER] = { PROVE_WRONG,
	    N_("let in without our results: the mail goes past the filter") },
	[NO_PROOF] = { PROVE_UNTESTED,
	    N_("not tested: the running filter does not know the domains of the test; "
	       "restart it if its version is older") },
	[ONE_ORGANISATION] = { PROVE_LOOK,
	    N_("let in with dmarc=none: by Discovery psl the domains of the test belong "
	       "to one organisation, which asks for nothing") },
	[FORGED_LEFT] = { PROVE_WRONG,
	    N_("forged results in our name were left in place") },
	[TWICE] = { PROVE_WRONG, N_("results in our name occur there more than once") },
	[PUT_OFF] = { PROVE_UNTESTED, N_("not tested: deferred for now: %s") },
	[LET_IN_MONITOR] = { PROVE_WRONG,
	    N_("checked, but the policy is not applied (Mode monitor)") },
	[LET_IN] = { PROVE_WRONG, N_("let in unmarked (dmarc=%s)") },
	[LET_IN_SET] = { PROVE_WRONG,
	    N_("let in unmarked, though the settings file would catch it: was the filter "
	       "reloaded?") },
	[CAUGHT_GENUINE] = { PROVE_WRONG, N_("genuine mail is not let in (%s)"), true },
	[CAUGHT_GENUINE_SET] = { PROVE_WRONG,
	    N_("genuine mail is not let in, though the settings file would: was the "
	       "filter reloaded?") },
	[OTHER_RESULT] = { PROVE_WRONG, N_("let in, but with dmarc=%s") },
	[LET_IN_UNASKED] = { PROVE_LOOK,
	    N_("let in although DNS gave no answer (OnTempError)") },
	[LET_IN_OWN] = { PROVE_LOOK,
	    N_("let in: the domain itself does not ask to stop forgeries (dmarc=%s)") },
	[OWN_UNKNOWN] = { PROVE_UNTESTED,
	    N_("not tested: what the domain asks for could not be looked up (%s)") },
	[OTHER_SETTINGS] = { PROVE_LOOK,
	    N_("as required (%s), but the running filter has other settings than the "
	       "file: reload?"),
	    true },
	[WELL_REFUSED] = { PROVE_OK, N_("refused: %s") },
	[WELL_HELD] = { PROVE_OK, N_("held") },
	[WELL_MARKED] = { PROVE_OK, N_("marked") },
	[WELL_DELIVERED] = { PROVE_OK, N_("let in, dmarc=%s") },
	[WELL_PUT_OFF] = { PROVE_OK, N_("deferred: %s") },
};

static struct prove_finding
finding(enum row row, const char *word)
{
	return (struct prove_finding){ rows[row].level, rows[row].text,
		word != NULL ? word : "", rows[row].is_phrase };
}

static bool
is_caught(enum prove_fate fate)
{
	return fate == PROVE_REFUSED || fate == PROVE_HELD || fate == PROVE_MARKED;
}

static bool
is_taken(enum prove_fate fate)
{
	return fate >= PROVE_HELD;
}

/* What ${action} comes to. */
static enum prove_fate
fate_of(enum action action)
{
	switch (action) {
	case ACTION_HEADER:
		return PROVE_MARKED;
	case ACTION_HOLD:
		return PROVE_HELD;
	case ACTION_REJECT:
		return PROVE_REFUSED;
	case ACTION_TEMPFAIL:
		return PROVE_PUT_OFF;
	default:
		return PROVE_PLAIN;
	}
}

static bool
is_other_than_set(const struct prove_judged *j, const struct prove_view *v)
{
	return v->other_settings || (j->has_set && fate_of(j->set) != v->fate);
}

/* To be translated. */
static const char *
fate_word(enum prove_fate fate)
{
	switch (fate) {
	case PROVE_REFUSED:
		return N_("refused");
	case PROVE_PUT_OFF:
		return N_("deferred");
	case PROVE_HELD:
		return N_("held");
	case PROVE_MARKED:
		return N_("marked");
	default:
		return N_("let in");
	}
}

/* Nothing is known of the filter by what came of this message. */
static bool
untested(const struct prove_view *v, struct prove_finding *f)
{
	switch (v->fate) {
	case PROVE_NOT_SENT:
		*f = finding(NOT_SENT, v->said);
		return true;
	case PROVE_NOT_TAKEN:
		*f = finding(v->away ? AWAY : OTHER_FILTER, v->said);
		return true;
	case PROVE_LOST:
		*f = finding(LOST, v->said);
		return true;
	default:
		return false;
	}
}

/* The names of the test do not exist for mail that is no test. */
static bool
is_no_proof(const struct prove_judged *j, const struct prove_view *v)
{
	const char *expected = j->sent->dmarc;

	return expected != NULL && strcmp(expected, "none") != 0 && v->ours > 0 &&
	       v->dmarc != NULL && strcmp(v->dmarc, "none") == 0;
}

/*
 * RFC 7489 sees one organisation in all of beschermd.test: then a policy of a domain
 * between is not looked for, and that is no fault.
 */
static bool
is_of_one_organisation(const struct prove_judged *j, const struct prove_view *v)
{
	return j->sent->above && j->has_set && j->by_suffix && j->set == ACTION_ACCEPT &&
	       v->fate == PROVE_PLAIN && is_no_proof(j, v);
}

/* What was taken must carry our results, and nobody else's in our name. */
static bool
is_unsound(
    const struct prove_judged *j, const struct prove_view *v, struct prove_finding *f)
{
	if (!is_taken(v->fate))
		return false;
	if (v->ours == 0)
		*f = finding(PAST_THE_FILTER, NULL);
	else if (is_of_one_organisation(j, v))
		*f = finding(ONE_ORGANISATION, NULL);
	else if (is_no_proof(j, v))
		*f = finding(NO_PROOF, NULL);
	else if (v->forged_left)
		*f = finding(FORGED_LEFT, NULL);
	else if (v->ours > 1)
		*f = finding(TWICE, NULL);
	else if (v->fate == PROVE_HELD_OTHER)
		*f = finding(HELD_OTHER, NULL);
	else
		return false;
	return true;
}

static struct prove_finding
well(const struct prove_judged *j, const struct prove_view *v)
{
	if (is_other_than_set(j, v))
		return finding(OTHER_SETTINGS, fate_word(v->fate));
	switch (v->fate) {
	case PROVE_REFUSED:
		return finding(WELL_REFUSED, v->said);
	case PROVE_PUT_OFF:
		return finding(WELL_PUT_OFF, v->said);
	case PROVE_HELD:
		return finding(WELL_HELD, NULL);
	case PROVE_MARKED:
		return finding(WELL_MARKED, NULL);
	default:
		return finding(WELL_DELIVERED, v->dmarc);
	}
}

static struct prove_finding
judge_caught(const struct prove_judged *j, const struct prove_view *v)
{
	if (is_caught(v->fate))
		return well(j, v);
	if (v->fate == PROVE_PUT_OFF)
		return finding(PUT_OFF, v->said);
	if (j->has_set && is_caught(fate_of(j->set)))
		return finding(LET_IN_SET, NULL);
	if (v->would)
		return finding(LET_IN_MONITOR, NULL);
	return finding(LET_IN, v->dmarc);
}

static struct prove_finding
judge_delivered(const struct prove_judged *j, const struct prove_view *v)
{
	if (v->fate == PROVE_PUT_OFF)
		return finding(PUT_OFF, v->said);
	if (v->fate != PROVE_PLAIN) {
		if (j->has_set && fate_of(j->set) == PROVE_PLAIN)
			return finding(CAUGHT_GENUINE_SET, NULL);
		return finding(CAUGHT_GENUINE, fate_word(v->fate));
	}
	if (v->dmarc == NULL || strcmp(v->dmarc, j->sent->dmarc) != 0)
		return finding(OTHER_RESULT, v->dmarc);
	return well(j, v);
}

static struct prove_finding
judge_deferred(const struct prove_judged *j, const struct prove_view *v)
{
	if (v->fate != PROVE_PLAIN)
		return well(j, v);
	if (v->dmarc == NULL || strcmp(v->dmarc, j->sent->dmarc) != 0)
		return finding(OTHER_RESULT, v->dmarc);
	return finding(LET_IN_UNASKED, NULL);
}

struct prove_finding
prove_verdict(const struct prove_judged *j, const struct prove_view *v)
{
	struct prove_finding f;

	if (untested(v, &f) || is_unsound(j, v, &f))
		return f;
	switch (j->wanted) {
	case PROVE_CAUGHT:
		return judge_caught(j, v);
	case PROVE_DELIVERED:
		return judge_delivered(j, v);
	case PROVE_DEFERRED:
		return judge_deferred(j, v);
	case PROVE_EITHER:
		if (v->fate == PROVE_PLAIN)
			return finding(LET_IN_OWN, v->dmarc);
		if (v->fate == PROVE_PUT_OFF)
			return finding(PUT_OFF, v->said);
		return well(j, v);
	case PROVE_UNKNOWN:
		break;
	}
	return finding(OWN_UNKNOWN, v->said);
}

const char *
prove_verdict_level_code(enum prove_level level)
{
	static const char *const codes[] = {
		[PROVE_OK] = "ok",
		[PROVE_LOOK] = "look",
		[PROVE_WRONG] = "wrong",
		[PROVE_UNTESTED] = "untested",
	};

	return codes[level];
}
