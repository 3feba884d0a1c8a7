#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/wordlist.h"
#include "config/config.h"
#include "config/config_override.h"
#include "ctl/conf/override_line.h"
#include "ctl/conf/override_text.h"

/* Which lines go, and what stands in the place of the first of them. */
struct change {
	const struct config_override *same;
	int today;   /* or those that ended before it; 0: does not matter */
	char *other; /* NULL: nothing */
	struct wordlist *gone;
};

static bool
goes(const struct change *c, const char *line)
{
	struct config_override o;
	bool yes = override_line_parse(line, &o);

	if (yes && c->same != NULL)
		yes = config_override_is_same(&o, c->same);
	else if (yes)
		yes = config_override_is_over(&o, c->today);
	config_override_clear(&o);
	return yes;
}

static void
put_line(struct text *t, const char *line)
{
	text_puts(t, line);
	text_putc(t, '\n');
}

static char *
changed(const char *text, struct change *c)
{
	char *copy = mem_strdup(text), *rest = copy, *line;
	const char *other = c->other;
	struct text t = { 0 };

	text_puts(&t, "");
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (rest == NULL && *line == '\0')
			break; /* behind the last line */
		if (!goes(c, line)) {
			put_line(&t, line);
			continue;
		}
		wordlist_add(c->gone, line);
		if (other != NULL)
			put_line(&t, other);
		other = NULL;
	}
	if (other != NULL)
		put_line(&t, other);
	free(copy);
	return t.data;
}

char *
override_text_put(
    const char *text, const struct config_override *o, struct wordlist *gone)
{
	struct change c = { .same = o, .other = override_line_print(o), .gone = gone };
	char *new = changed(text, &c);

	free(c.other);
	return new;
}

char *
override_text_remove(
    const char *text, const struct config_override *o, struct wordlist *gone)
{
	struct change c = { .same = o, .gone = gone };

	return changed(text, &c);
}

char *
override_text_prune(const char *text, int today, struct wordlist *gone)
{
	struct change c = { .today = today, .gone = gone };

	return changed(text, &c);
}

size_t
override_text_find(
    const char *text, const struct config_override *o, struct config_override *last)
{
	char *copy = mem_strdup(text), *rest = copy, *line;
	struct config_override found;
	size_t count = 0;

	*last = (struct config_override){ 0 };
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (override_line_parse(line, &found) && found.below == o->below &&
		    strcmp(found.domain, o->domain) == 0) {
			config_override_clear(last);
			*last = found;
			count++;
		} else {
			config_override_clear(&found);
		}
	}
	free(copy);
	return count;
}
