#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "ctl/aside.h"
#include "ctl/postfix/postfix_check.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/prove/prove_check.h"
#include "ctl/text.h"

#define WHY_OCTETS 1024
#define CHECKS_MAX 200
#define MEND_LINE "      > "

/* The labels of ctl/finding.c go before each of the lines, so that any language is read.
 */
#define IS_LABEL "LABEL "

struct question {
	const struct config *config;
	const char *dir, *language;
};

static void
print_label(const char *label)
{
	printf(IS_LABEL "%s\n", label);
}

static bool
ask(void *arg)
{
	const struct question *q = arg;
	struct pool *pool = pool_new();
	struct postfix_setup setup = { .config = q->config, .dir = q->dir, .pool = pool };
	char why[WHY_OCTETS];

	if ((q->language != NULL && !language_choose(q->language)) ||
	    postfix_check_begin(&setup, why, sizeof why) == -1)
		return false;
	print_label(_("ok    "));
	print_label(_("look  "));
	print_label(_("MEND  "));
	postfix_check_all(&setup);
	return true;
}

#define LABELS 3 /* of PROVE_OK, PROVE_LOOK, PROVE_WRONG */

static void
take_line(struct prove_result_checks *checks, const char *line,
    const char *const labels[LABELS])
{
	struct prove_result_check *last =
	    checks->count > 0 ? &checks->list[checks->count - 1] : NULL;

	if (strncmp(line, MEND_LINE, strlen(MEND_LINE)) == 0) {
		if (last != NULL)
			last->mend = line + strlen(MEND_LINE);
		return;
	}
	for (size_t i = 0; i < LABELS; i++) {
		const char *label = labels[i];

		if (label == NULL || checks->count == CHECKS_MAX ||
		    strncmp(line, label, strlen(label)) != 0)
			continue;
		checks->list[checks->count++] =
		    (struct prove_result_check){ .level = (enum prove_level)i,
			    .text = line + strlen(label) };
		return;
	}
}

void
prove_check_read(struct prove_result_checks *checks, char *text, struct pool *pool)
{
	const char *labels[LABELS] = { NULL };
	size_t known = 0;
	char *line;

	checks->list = pool_alloc(pool, CHECKS_MAX * sizeof *checks->list);
	checks->count = 0;
	while ((line = strsep(&text, "\n")) != NULL) {
		if (known < LABELS && strncmp(line, IS_LABEL, strlen(IS_LABEL)) == 0)
			labels[known++] = line + strlen(IS_LABEL);
		else
			take_line(checks, line, labels);
	}
}

void
prove_check(struct prove_result_checks checks[PROVE_RESULT_LANGUAGES],
    const struct config *config, const char *dir, struct pool *pool)
{
	for (size_t i = 0; i < PROVE_RESULT_LANGUAGES; i++) {
		struct question q = { config, dir, checks[i].language };
		struct text said = { 0 };

		if ((i == 0 || q.language != NULL) && aside_run(ask, &q, &said) &&
		    said.data != NULL)
			prove_check_read(&checks[i], pool_strdup(pool, said.data), pool);
		text_free(&said);
	}
}
