#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/pool.h"
#include "ctl/page.h"
#include "ctl/prove/prove_result.h"
#include "ctl/text.h"

static size_t
count_level(const struct prove_result *p, enum prove_level level)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++)
		n += p->cases[i].finding.level == level;
	return n;
}

static size_t
count_mends(const struct prove_result *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->checks[0].count; i++)
		n += p->checks[0].list[i].level == PROVE_WRONG;
	return n;
}

enum prove_result_verdict
prove_result_verdict(const struct prove_result *p)
{
	if (count_level(p, PROVE_WRONG) > 0 || count_mends(p) > 0)
		return PROVE_RESULT_NOT_MET;
	if (p->count == 0 || count_level(p, PROVE_UNTESTED) > 0)
		return PROVE_RESULT_UNTESTED;
	return PROVE_RESULT_MET;
}

const char *
prove_result_verdict_code(enum prove_result_verdict verdict)
{
	static const char *const codes[] = { [PROVE_RESULT_MET] = "met",
		[PROVE_RESULT_NOT_MET] = "not_met",
		[PROVE_RESULT_UNTESTED] = "untested" };

	return codes[verdict];
}

const char *
prove_result_verdict_word(enum prove_result_verdict verdict)
{
	static const char *const words[] = { [PROVE_RESULT_MET] = N_("met"),
		[PROVE_RESULT_NOT_MET] = N_("not met"),
		[PROVE_RESULT_UNTESTED] = N_("could not be tested") };

	return _(words[verdict]);
}

int
prove_result_exit(const struct prove_result *p)
{
	/* Nobody answers, and nothing went past the filter, or through it. */
	if (p->away && count_level(p, PROVE_UNTESTED) == p->count)
		return EX_UNAVAILABLE;
	switch (prove_result_verdict(p)) {
	case PROVE_RESULT_MET:
		return EX_OK;
	case PROVE_RESULT_NOT_MET:
		return 1;
	default:
		return EX_TEMPFAIL;
	}
}

/* ${text} with ${word} for its %s: not by printf, as the text is no constant. */
static const char *
fill_in(const char *text, const char *word, struct pool *pool)
{
	const char *hole = strstr(text, "%s");

	if (hole == NULL)
		return pool_strdup(pool, text);
	return pool_printf(
	    pool, "%.*s%s%s", (int)(hole - text), text, word, hole + strlen("%s"));
}

const char *
prove_result_finding_text(const struct prove_finding *f, struct pool *pool)
{
	char quoted[PAGE_QUOTE_SIZE];

	return fill_in(_(f->text),
	    f->is_phrase && *f->word != '\0' ? _(f->word) : page_quote(f->word, quoted),
	    pool);
}

const char *
prove_result_stopped_text(const struct prove_result *p, struct pool *pool)
{
	return fill_in(_(p->stopped), p->stopped_by, pool);
}

const char *
prove_result_set_text(const char *action)
{
	static const struct {
		const char *action, *text;
	} words[] = {
		{ "accept", N_("let in") },
		{ "header", N_("marked") },
		{ "hold", N_("held") },
		{ "reject", N_("refused") },
		{ "tempfail", N_("deferred") },
	};

	for (size_t i = 0; action != NULL && i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i].action, action) == 0)
			return _(words[i].text);
	}
	return _("not known");
}

const char *
prove_result_wanted_text(enum prove_wanted wanted)
{
	static const char *const words[] = {
		[PROVE_CAUGHT] = N_("refused, held or marked"),
		[PROVE_DELIVERED] = N_("let in"),
		[PROVE_DEFERRED] = N_("deferred or caught"),
		[PROVE_EITHER] = N_("nothing is asked for"),
		[PROVE_UNKNOWN] = N_("not known"),
	};

	return _(words[wanted]);
}

const char *
prove_result_level_text(enum prove_level level)
{
	static const char *const words[] = {
		[PROVE_OK] = N_("well"),
		[PROVE_LOOK] = N_("look"),
		[PROVE_WRONG] = N_("wrong"),
		[PROVE_UNTESTED] = N_("not tested"),
	};

	return _(words[level]);
}

const struct prove_result_checks *
prove_result_checks_in(const struct prove_result *p, const char *language)
{
	for (size_t i = 1; i < PROVE_RESULT_LANGUAGES; i++) {
		const char *one = p->checks[i].language;

		if (one != NULL && strcmp(one, language) == 0)
			return &p->checks[i];
	}
	return &p->checks[0];
}
