#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "ctl/page.h"
#include "ctl/prove/prove_result.h"
#include "ctl/prove/prove_text.h"
#include "ctl/text.h"

#define MADE_SIZE 40

static const char *
label_of(enum prove_level level)
{
	static const char *const labels[] = {
		[PROVE_OK] = N_("ok    "),
		[PROVE_LOOK] = N_("look  "),
		[PROVE_WRONG] = N_("WRONG "),
		[PROVE_UNTESTED] = N_("-     "),
	};

	return _(labels[level]);
}

static enum page_colour
colour_of(enum prove_level level)
{
	static const enum page_colour colours[] = {
		[PROVE_OK] = PAGE_PLAIN,
		[PROVE_LOOK] = PAGE_YELLOW,
		[PROVE_WRONG] = PAGE_RED,
		[PROVE_UNTESTED] = PAGE_YELLOW,
	};

	return colours[level];
}

static void
put_fields(const struct page *page, const char *sign, const struct prove_header *header)
{
	char quoted[PAGE_QUOTE_SIZE];

	for (size_t i = 0; i < header->count; i++)
		page_line(page, PAGE_PLAIN, "          %s %s: %s", sign,
		    header->fields[i].name, page_quote(header->fields[i].value, quoted));
}

static void
put_dialogue(const struct page *page, const char *dialogue)
{
	char line[PAGE_QUOTE_SIZE], quoted[PAGE_QUOTE_SIZE];

	while (dialogue != NULL && *dialogue != '\0') {
		size_t len = strcspn(dialogue, "\n");

		snprintf(line, sizeof line, "%.*s", (int)len, dialogue);
		page_line(page, PAGE_PLAIN, "          %s", page_quote(line, quoted));
		dialogue += len + (dialogue[len] != '\0');
	}
}

static void
put_case(const struct page *page, const struct prove_result_case *c, bool verbose,
    struct pool *pool)
{
	const char *title = _(c->sent.title);

	if (c->sent.number == PROVE_CASE_OWN)
		title = pool_printf(pool, "%s (%s)", title, c->sent.from);
	page_line(page, colour_of(c->finding.level), "%s%2d  %s: %s",
	    label_of(c->finding.level), c->sent.number, title,
	    prove_result_finding_text(&c->finding, pool));
	if (!verbose)
		return;
	put_dialogue(page, c->dialogue);
	put_fields(page, "+", &c->seen.added);
	put_fields(page, "-", &c->seen.removed);
}

static void
put_checks(const struct page *page, const struct prove_result *proof, bool verbose)
{
	const struct prove_result_checks *checks = &proof->checks[0];

	for (size_t i = 0; i < checks->count; i++) {
		const struct prove_result_check *c = &checks->list[i];

		if (c->level != PROVE_WRONG && !verbose)
			continue;
		page_line(page, colour_of(c->level), "%s%s",
		    c->level == PROVE_WRONG ? _("MEND  ") : label_of(c->level), c->text);
		if (c->mend != NULL)
			page_line(page, PAGE_PLAIN, "      > %s", c->mend);
	}
}

static void
put_verdict(const struct page *page, const struct prove_result *proof)
{
	static const enum page_colour colours[] = { [PROVE_RESULT_MET] = PAGE_GREEN,
		[PROVE_RESULT_NOT_MET] = PAGE_RED,
		[PROVE_RESULT_UNTESTED] = PAGE_YELLOW };
	enum prove_result_verdict verdict = prove_result_verdict(proof);
	char made[MADE_SIZE];
	struct tm tm;

	if (gmtime_r(&proof->made, &tm) == NULL ||
	    strftime(made, sizeof made, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		snprintf(made, sizeof made, "?");
	page_line(page, colours[verdict], "MAIL-BESCHERM-010: %s  %s  %s",
	    prove_result_verdict_word(verdict), made, proof->host);
}

void
prove_text_write(const struct page *page, const struct prove_result *proof, bool verbose,
    struct pool *pool)
{
	for (size_t i = 0; i < proof->count; i++)
		put_case(page, &proof->cases[i], verbose, pool);
	put_checks(page, proof, verbose);
	if (proof->stopped != NULL)
		page_line(page, PAGE_YELLOW, "%s%s", label_of(PROVE_UNTESTED),
		    prove_result_stopped_text(proof, pool));
	put_verdict(page, proof);
}
