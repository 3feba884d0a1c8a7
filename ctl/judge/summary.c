#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/judge/summary.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"
#include "policy/verdict.h"

/* Domains remembered: attackers can make up any number of them. */
#define DOMAINS_MAX 20000
#define DOMAINS_TOLD 10
#define REASON_INDENT 11

/* A From domain that failed. */
struct failing {
	char *domain, *reason; /* of its first message */
	size_t count;
};

struct summary {
	size_t messages, unreadable, actions[ACTION_COUNT];
	bool monitor;
	struct failing **failing; /* in the order of their coming */
	size_t failing_count, forgotten;
	void *by_domain; /* tree of ${failing} */
};

struct summary *
summary_new(void)
{
	struct summary *s = mem_alloc(sizeof *s);

	s->failing = mem_alloc(DOMAINS_MAX * sizeof(struct failing *));
	return s;
}

static int
by_domain(const void *a, const void *b)
{
	const struct failing *x = a, *y = b;

	return strcmp(x->domain, y->domain);
}

static struct failing *
failing_of(struct summary *s, const char *domain, const char *reason)
{
	struct failing key = { .domain = mem_strdup(domain) }, *f;
	struct failing **found = tfind(&key, &s->by_domain, by_domain);

	if (found != NULL || s->failing_count == DOMAINS_MAX) {
		free(key.domain);
		return found != NULL ? *found : NULL;
	}
	f = mem_alloc(sizeof *f);
	f->domain = key.domain;
	f->reason = mem_strdup(reason);
	tsearch(f, &s->by_domain, by_domain);
	s->failing[s->failing_count++] = f;
	return f;
}

void
summary_add(struct summary *s, const struct judged *j)
{
	const char *domain = j->ev->from.domain;
	char reason[PAGE_QUOTE_SIZE];
	struct failing *f;

	s->messages++;
	s->actions[j->verdict->would]++;
	s->monitor = j->config->mode == CONFIG_MONITOR;
	if (j->reason == NULL)
		return;
	f = failing_of(s, domain, reason_of(j, reason));
	if (f != NULL)
		f->count++;
	else
		s->forgotten++;
}

void
summary_add_unreadable(struct summary *s)
{
	s->unreadable++;
}

static int
by_count(const void *a, const void *b)
{
	const struct failing *const *x = a, *const *y = b;

	if ((*x)->count != (*y)->count)
		return (*x)->count < (*y)->count ? 1 : -1;
	return strcmp((*x)->domain, (*y)->domain);
}

static void
print_failing(const struct summary *s, FILE *out)
{
	struct failing **sorted = mem_alloc(s->failing_count * sizeof(struct failing *));
	const struct page p = { out, false };
	char domain[PAGE_QUOTE_SIZE];

	memcpy(sorted, s->failing, s->failing_count * sizeof(struct failing *));
	qsort(sorted, s->failing_count, sizeof(struct failing *), by_count);
	fputs(_("\nFrom domains that fail most (also those that ask for nothing), and "
		"why their "
		"first message did:\n"),
	    out);
	for (size_t i = 0; i < s->failing_count && i < DOMAINS_TOLD; i++) {
		fprintf(out, "  %7zu  %s\n", sorted[i]->count,
		    *sorted[i]->domain != '\0' ? page_quote(sorted[i]->domain, domain)
					       : _("(no author domain)"));
		page_text(&p, REASON_INDENT, "%s", sorted[i]->reason);
	}
	if (s->failing_count > DOMAINS_TOLD)
		fprintf(
		    out, _("  and %zu more domains\n"), s->failing_count - DOMAINS_TOLD);
	if (s->forgotten > 0)
		fprintf(out,
		    _("  and %zu messages of further domains, too many to list\n"),
		    s->forgotten);
	free(sorted);
}

void
summary_print(const struct summary *s, FILE *out)
{
	static const char *const names[ACTION_COUNT] = {
		[ACTION_ACCEPT] = N_("accepted"),
		[ACTION_HEADER] = N_("marked for Junk"),
		[ACTION_HOLD] = N_("held"),
		[ACTION_REJECT] = N_("refused"),
		[ACTION_TEMPFAIL] = N_("deferred: the sender tries again"),
	};

	fprintf(out,
	    ngettext("\n%zu message judged\n", "\n%zu messages judged\n", s->messages),
	    s->messages);
	for (size_t i = 0; i < ACTION_COUNT; i++)
		fprintf(out, "  %7zu  %s\n", s->actions[i], _(names[i]));
	if (s->monitor)
		fputs(_("This is what Mode enforce would do; in Mode monitor, which is "
			"set, "
			"all are accepted.\n"),
		    out);
	if (s->unreadable > 0)
		fprintf(out,
		    ngettext("  %7zu  could not be read\n", "  %7zu  could not be read\n",
			s->unreadable),
		    s->unreadable);
	if (s->failing_count > 0)
		print_failing(s, out);
}

static void
keep(void *node)
{
	(void)node; /* they are freed with the array */
}

void
summary_free(struct summary *s)
{
	if (s == NULL)
		return;
	tdestroy(s->by_domain, keep);
	for (size_t i = 0; i < s->failing_count; i++) {
		free(s->failing[i]->domain);
		free(s->failing[i]->reason);
		free(s->failing[i]);
	}
	free(s->failing);
	free(s);
}
