#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/unconst.h"
#include "ctl/postfix/postconf.h"
#include "ctl/postfix/program.h"
#include "ctl/text.h"

#define PROGRAM "postconf"
#define OUTPUT_MAX ((size_t)1024 * 1024)

/* What ${argv} prints, NULL with ${why}. */
static char *
output_of(char *const *argv, struct pool *pool, char *why, size_t whysize)
{
	struct program program;
	char *text, *kept;
	size_t len;

	if (program_begin(&program, argv, STDOUT_FILENO, why, whysize) == -1)
		return NULL;
	text = mem_alloc(OUTPUT_MAX + 1);
	len = fread(text, 1, OUTPUT_MAX, program.output);
	kept = pool_strndup(pool, text, len);
	free(text);
	if (program_end(&program))
		return kept;
	snprintf(why, whysize, _("%s failed: is this the folder of a main.cf?"), PROGRAM);
	return NULL;
}

/* Lines "name = value", where an empty value has no blank before it, onto the end of a
 * list. */
static void
read_lines(struct postconf_setting **end, char *text, struct pool *pool)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		char *equals = strstr(line, " =");

		if (equals == NULL)
			continue;
		*equals = '\0';
		equals += strlen(" =");
		*end = pool_alloc(pool, sizeof **end);
		(*end)->name = line;
		(*end)->value = equals + strspn(equals, " ");
		end = &(*end)->next;
	}
}

/* Onto the end of ${postconf} what the program says in one of its modes. */
static int
ask(struct postconf *postconf, const struct postconf_question *q, const char *mode,
    const char *const *parameters)
{
	char *argv[POSTCONF_PARAMETERS_MAX + 5] = { unconst(PROGRAM) };
	struct postconf_setting **end = &postconf->first;
	size_t n = 1;
	char *text;

	if (q->dir != NULL) {
		argv[n++] = unconst("-c");
		argv[n++] = unconst(q->dir);
	}
	argv[n++] = unconst(mode);
	for (size_t p = 0; p < POSTCONF_PARAMETERS_MAX && parameters[p] != NULL; p++)
		argv[n++] = unconst(parameters[p]);
	text = output_of(argv, q->pool, q->why, q->whysize);
	if (text == NULL)
		return -1;
	while (*end != NULL)
		end = &(*end)->next;
	read_lines(end, text, q->pool);
	return 0;
}

int
postconf_read(struct postconf *postconf, const struct postconf_question *q,
    const char *const *parameters)
{
	static const char *const none[] = { NULL };

	*postconf = (struct postconf){ 0 };
	if (ask(postconf, q, "-x", parameters) == -1 ||
	    ask(postconf, q, "-F", none) == -1)
		return -1;
	return ask(postconf, q, "-xP", none);
}

int
postconf_add(struct postconf *postconf, const struct postconf_question *q,
    const char *const *parameters)
{
	return parameters[0] != NULL ? ask(postconf, q, "-x", parameters) : 0;
}

const char *
postconf_value(const struct postconf *postconf, const char *name)
{
	for (const struct postconf_setting *s = postconf->first; s != NULL; s = s->next) {
		if (strcmp(s->name, name) == 0)
			return s->value;
	}
	return NULL;
}
