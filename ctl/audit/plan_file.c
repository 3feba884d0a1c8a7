#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/config_domain.h"
#include "config/config_lines.h"
#include "config/config_near.h"
#include "config/config_syntax.h"
#include "config/config_text.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/plan_file.h"
#include "ctl/audit/plan_word.h"

#define MISTAKES_OCTETS 8192
#define WHY_OCTETS 1024
#define FAR_YEARS 2
#define YEAR 10000 /* in YYYYMMDD */
#define BLANKS " \t"
#define SAID "was already given"
#define KEYS (sizeof keys / sizeof keys[0])

struct reading {
	struct plan *plan;
	struct config_lines lines;
	struct buf *why, *mistakes;
	const struct config_source *from; /* of the line at hand */
	int today;
};

static bool
fail(struct reading *r, const char *text, const char *what)
{
	return config_text_refuse(r->why, text, what);
}

static void
warn(struct reading *r, const char *about, const char *what)
{
	char text[WHY_OCTETS];
	struct buf b;

	buf_init(&b, text, sizeof text);
	buf_printf(&b, "%s:%d: ", r->from->path, r->from->line);
	buf_put_escaped(&b, about);
	buf_printf(&b, " %s", what);
	wordlist_add(&r->plan->warnings, text);
}

/* kind=, selectors=, flow= */

static bool
read_kind(struct reading *r, struct plan_domain *d, char *value)
{
	for (enum plan_kind k = PLAN_GUESS; k <= PLAN_NONE; k++) {
		if (strcasecmp(value, plan_kind_word(k)) == 0) {
			d->kind = k;
			return true;
		}
	}
	return fail(r, value, "is not one of kind=mail, send, none, guess");
}

static bool
read_selectors(struct reading *r, struct plan_domain *d, char *value)
{
	char *word;

	while ((word = strsep(&value, ",")) != NULL) {
		if (!plan_word_is_selector(word))
			return fail(r, word, "is not a selector such as s2026a");
		if (d->selectors.count == PLAN_SELECTORS_MAX)
			return fail(r, word, "is one selector too many");
		if (!wordlist_has(&d->selectors, word))
			wordlist_add(&d->selectors, word);
	}
	return true;
}

static bool
read_flows(struct reading *r, struct plan_domain *d, char *value)
{
	char *word;

	if (!plan_word_is_phrase(value))
		return fail(r, value, "is not a name for a flow of mail");
	while ((word = strsep(&value, ",")) != NULL) {
		word += strspn(word, BLANKS);
		word[strcspn(word, "\r")] = '\0';
		while (*word != '\0' && strchr(BLANKS, word[strlen(word) - 1]) != NULL)
			word[strlen(word) - 1] = '\0';
		if (*word == '\0')
			return fail(r, word, "is not a name for a flow of mail");
		wordlist_add(&d->flows, word);
	}
	return true;
}

/* Which of them have been there: bits of *${seen}. */
static bool
read_option(struct reading *r, struct plan_domain *d, char *word, unsigned *seen)
{
	static const struct {
		const char *name;
		bool (*read)(struct reading *, struct plan_domain *, char *);
	} options[] = {
		{ "kind=", read_kind },
		{ "selectors=", read_selectors },
		{ "flow=", read_flows },
	};

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		size_t len = strlen(options[i].name);

		if (strncasecmp(word, options[i].name, len) != 0)
			continue;
		if ((*seen & 1U << i) != 0)
			return fail(r, word, SAID);
		*seen |= 1U << i;
		return options[i].read(r, d, word + len);
	}
	return fail(r, word, "is not one of kind=, selectors=, flow=");
}

static bool
next_word(struct reading *r, char **rest, char **word)
{
	return config_text_word(rest, BLANKS, word) ||
	       config_lines_fail(&r->lines, "a quote is not closed");
}

static bool
read_options(struct reading *r, struct plan_domain *d, char *rest)
{
	unsigned seen = 0;
	char *word;

	for (;;) {
		if (!next_word(r, &rest, &word))
			return false;
		if (word == NULL)
			return true;
		if (!read_option(r, d, word, &seen))
			return false;
	}
}

static void
copy_words(struct wordlist *to, const struct wordlist *from)
{
	for (size_t i = 0; i < from->count; i++)
		wordlist_add(to, from->words[i]);
}

/* One more domain, as ${like} is: it stands where the line at hand does. */
static bool
put_domain(struct reading *r, const char *text, const struct plan_domain *like,
    const struct config_source *place)
{
	const struct plan_domain *before;
	struct plan_domain *d;
	char *name = plan_domain_name(text, r->why);

	if (name == NULL)
		return false;
	before = plan_find(r->plan, name);
	if (before != NULL || r->plan->domain_count == PLAN_DOMAINS_MAX) {
		free(name);
		if (before == NULL)
			return config_lines_fail(
			    &r->lines, "more than %d domains", PLAN_DOMAINS_MAX);
		config_text_refuse(r->why, text, "is already listed in");
		buf_printf(r->why, " %s:%d", before->file, before->line);
		return false;
	}
	d = plan_add(r->plan, name);
	d->kind = like->kind;
	d->from_file = true;
	copy_words(&d->selectors, &like->selectors);
	copy_words(&d->flows, &like->flows);
	d->file = mem_strdup(place->path);
	d->line = place->line;
	return true;
}

static bool
read_domain(struct reading *r, char *value)
{
	struct plan_domain like = { 0 };
	char *name;
	bool ok;

	ok = next_word(r, &value, &name) && read_options(r, &like, value) &&
	     put_domain(r, name, &like, r->from);
	plan_domain_clear(&like);
	return ok;
}

/* The names of a file, one a line. */
static bool
read_names(struct reading *r, const char *name, const struct plan_domain *like)
{
	struct config_source source;
	char path[CONFIG_PATH_OCTETS], *line;
	bool ok;

	if (!config_lines_path(&r->lines, r->from, name, path))
		return false;
	ok = config_lines_open(&r->lines, &source, path);
	while (ok && (line = config_lines_of(&r->lines, &source)) != NULL) {
		if (put_domain(r, line, like, &source))
			continue;
		config_lines_note(&r->lines, r->mistakes);
		ok = r->plan->domain_count < PLAN_DOMAINS_MAX;
	}
	config_lines_close(&source);
	return ok;
}

static bool
read_domains(struct reading *r, char *value)
{
	struct plan_domain like = { 0 };
	char *name;
	bool ok;

	ok = next_word(r, &value, &name);
	if (ok && strncmp(name, "file:", 5) != 0)
		ok = fail(r, name, "is not file: and a path; Domain names one");
	ok = ok && read_options(r, &like, value) && read_names(r, name + 5, &like);
	plan_domain_clear(&like);
	return ok;
}

static bool
read_organisation(struct reading *r, char *value)
{
	const char *text = config_text_whole(value);

	if (text == NULL)
		return config_lines_fail(&r->lines, "a quote is not closed");
	if (r->plan->organisation != NULL)
		return config_lines_fail(&r->lines, SAID);
	if (!plan_word_is_phrase(text))
		return fail(r, text, "is not a name");
	r->plan->organisation = mem_strdup(text);
	return true;
}

static bool
read_server(struct reading *r, char *value)
{
	char *name = plan_domain_name(value, r->why);

	if (name == NULL)
		return false;
	wordlist_add(&r->plan->servers, name);
	free(name);
	return true;
}

/* Explain */

static bool
read_until(struct reading *r, struct plan_explain *e, const char *value)
{
	if (e->until != 0)
		return fail(r, value, SAID);
	e->until = config_syntax_day(value);
	if (e->until == 0)
		return fail(r, value, "is not a day such as 2027-06-30");
	if (e->until > r->today + FAR_YEARS * YEAR)
		warn(r, value, "is more than two years ahead");
	return true;
}

static bool
read_reason(struct reading *r, struct plan_explain *e, const char *value)
{
	if (!plan_word_is_phrase(value))
		return fail(r, value, "is not a reason that can be printed");
	if (e->reason != NULL)
		return fail(r, value, SAID);
	e->reason = mem_strdup(value);
	return true;
}

static bool
read_rule(struct reading *r, struct plan_explain *e, const char *word)
{
	size_t rule = audit_rule_find(word);

	if (rule == AUDIT_RULES)
		return fail(r, word, "is not a rule such as MAIL-BESCHERM-007");
	e->rule = (enum audit_rule)rule;
	return true;
}

static bool
read_whose(struct reading *r, struct plan_explain *e, const char *word)
{
	if (strcmp(word, "*") == 0)
		return true;
	e->below = *word == '.';
	e->domain = config_domain_read(word, CONFIG_DOMAIN_DOTTED, r->why);
	return e->domain != NULL;
}

static bool
read_explain_word(struct reading *r, struct plan_explain *e, size_t nth, char *word)
{
	if (nth == 0)
		return read_whose(r, e, word);
	if (nth == 1)
		return read_rule(r, e, word);
	if (strncasecmp(word, "until=", 6) == 0)
		return read_until(r, e, word + 6);
	if (strncasecmp(word, "reason=", 7) == 0)
		return read_reason(r, e, word + 7);
	return fail(r, word, "is not one of until=, reason=");
}

static bool
is_same_domain(const struct plan_explain *a, const struct plan_explain *b)
{
	if (a->below != b->below || (a->domain == NULL) != (b->domain == NULL))
		return false;
	return a->domain == NULL || strcmp(a->domain, b->domain) == 0;
}

static bool
is_new(struct reading *r, const struct plan_explain *e)
{
	for (size_t i = 0; i < r->plan->explain_count; i++) {
		const struct plan_explain *other = &r->plan->explains[i];

		if (other->rule == e->rule && is_same_domain(other, e))
			return config_lines_fail(&r->lines,
			    "this rule is already explained in %.255s:%d", other->file,
			    other->line);
	}
	return true;
}

static bool
read_explain_words(struct reading *r, struct plan_explain *e, char *rest)
{
	size_t nth = 0;
	char *word;

	for (;; nth++) {
		if (!next_word(r, &rest, &word))
			return false;
		if (word == NULL)
			break;
		if (!read_explain_word(r, e, nth, word))
			return false;
	}
	if (nth < 2 || e->until == 0 || e->reason == NULL)
		return config_lines_fail(
		    &r->lines, "needs DOMAIN RULE until=YYYY-MM-DD reason=\"...\"");
	return is_new(r, e);
}

static bool
read_explain(struct reading *r, char *value)
{
	struct plan *plan = r->plan;
	struct plan_explain e = { 0 };
	size_t n = plan->explain_count + 1;

	if (!read_explain_words(r, &e, value)) {
		plan_explain_clear(&e);
		return false;
	}
	e.file = mem_strdup(r->from->path);
	e.line = r->from->line;
	plan->explains = mem_realloc(plan->explains, n * sizeof *plan->explains);
	plan->explains[plan->explain_count++] = e;
	return true;
}

static const struct {
	const char *name;
	bool (*read)(struct reading *r, char *value);
} keys[] = {
	{ "Organisation", read_organisation },
	{ "Domain", read_domain },
	{ "Domains", read_domains },
	{ "Server", read_server },
	{ "Explain", read_explain },
};

static bool
read_line(struct reading *r, struct config_source *from, char *line)
{
	char *value = config_lines_value(line);
	struct config_near near;

	r->from = from;
	if (strcasecmp(line, "Include") == 0)
		return config_lines_include(&r->lines, from, value);
	config_near_begin(&near, line);
	for (size_t i = 0; i < KEYS; i++) {
		config_near_try(&near, keys[i].name);
		if (strcasecmp(line, keys[i].name) != 0)
			continue;
		buf_printf(r->why, "%s: ", keys[i].name);
		if (*value == '\0')
			return config_lines_fail(&r->lines, "has no value");
		return keys[i].read(r, value);
	}
	config_near_refuse(&near, r->why);
	if (near.found == NULL)
		buf_puts(r->why, ": there are Organisation, Domain, Domains, Server, "
				 "Explain and Include");
	return false;
}

static bool
names_any(const struct plan_explain *e, const struct plan *plan)
{
	for (size_t i = 0; i < plan->domain_count; i++) {
		if (plan_explain_names(e, plan->domains[i].name))
			return true;
	}
	return e->domain == NULL;
}

/* A slip in a name would leave a rule unexplained without a word. */
static void
check_explains(struct reading *r)
{
	for (size_t i = 0; i < r->plan->explain_count; i++) {
		const struct plan_explain *e = &r->plan->explains[i];

		if (!names_any(e, r->plan))
			buf_printf(r->mistakes,
			    "%s%s:%d: Explain: %s%s is not a domain of this list",
			    r->mistakes->len > 0 ? "\n" : "", e->file, e->line,
			    e->below ? "." : "", e->domain);
	}
}

static bool
read_file(struct reading *r, const char *path)
{
	enum config_lines_step step;
	struct config_source *from;
	char *line;
	bool ok = config_lines_begin(&r->lines, path);

	while (ok &&
	       (step = config_lines_next(&r->lines, &from, &line)) != CONFIG_LINES_END) {
		if (step == CONFIG_LINES_MISTAKE || !read_line(r, from, line))
			config_lines_note(&r->lines, r->mistakes);
	}
	config_lines_end(&r->lines);
	if (ok)
		check_explains(r);
	return ok;
}

struct plan *
plan_file_read(const char *path, const struct config_reader *reader, int today, char *why,
    size_t whysize)
{
	struct plan *plan = mem_alloc(sizeof *plan);
	char storage[MISTAKES_OCTETS];
	struct buf b, mistakes;
	struct reading r = { .plan = plan,
		.lines = { .reader = reader, .why = &b },
		.why = &b,
		.mistakes = &mistakes,
		.today = today };
	bool ok = true;

	buf_init(&b, why, whysize);
	buf_init(&mistakes, storage, sizeof storage);
	if (path != NULL)
		ok = read_file(&r, path);
	if (mistakes.len > 0) {
		buf_init(&b, why, whysize);
		buf_puts(&b, mistakes.data);
		ok = false;
	}
	if (ok)
		return plan;
	plan_free(plan);
	return NULL;
}
