#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/config_domain.h"
#include "config/config_text.h"
#include "ctl/audit/plan.h"
#include "mail/address.h"

static const char *const kind_words[] = {
	[PLAN_GUESS] = "guess",
	[PLAN_MAIL] = "mail",
	[PLAN_SEND] = "send",
	[PLAN_NONE] = "none",
};

struct plan_domain *
plan_find(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->domain_count; i++) {
		if (strcmp(plan->domains[i].name, name) == 0)
			return &plan->domains[i];
	}
	return NULL;
}

char *
plan_domain_name(const char *text, struct buf *why)
{
	char *name = config_domain_read(text, CONFIG_DOMAIN_DOTTED, why);

	if (name != NULL && *text == '.') {
		config_text_refuse(why, text, "is not a domain: it begins with a dot");
	} else if (name != NULL && strchr(name, '.') == NULL) {
		config_text_refuse(
		    why, text, "is a top-level domain; an organisation's own has a dot");
	} else {
		return name;
	}
	free(name);
	return NULL;
}

struct plan_domain *
plan_add(struct plan *plan, char *name) /* NOLINT(readability-non-const-parameter) */
{
	size_t n = plan->domain_count + 1;

	plan->domains = mem_realloc(plan->domains, n * sizeof *plan->domains);
	plan->domains[plan->domain_count] = (struct plan_domain){ .name = name };
	return &plan->domains[plan->domain_count++];
}

void
plan_domain_clear(struct plan_domain *d)
{
	free(d->name);
	free(d->file);
	wordlist_clear(&d->selectors);
	wordlist_clear(&d->flows);
}

void
plan_explain_clear(struct plan_explain *e)
{
	free(e->domain);
	free(e->reason);
	free(e->file);
}

bool
plan_explain_names(const struct plan_explain *e, const char *domain)
{
	if (e->domain == NULL)
		return true;
	if (!e->below)
		return strcmp(e->domain, domain) == 0;
	return strcmp(e->domain, domain) != 0 && address_is_within(domain, e->domain);
}

void
plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	for (size_t i = 0; i < plan->domain_count; i++)
		plan_domain_clear(&plan->domains[i]);
	for (size_t i = 0; i < plan->explain_count; i++)
		plan_explain_clear(&plan->explains[i]);
	free(plan->organisation);
	free(plan->domains);
	free(plan->explains);
	wordlist_clear(&plan->servers);
	wordlist_clear(&plan->warnings);
	free(plan);
}

struct plan_domain *
plan_take(struct plan *plan, const char *text, char *why, size_t whysize)
{
	struct plan_domain *d;
	struct buf b;
	char *name;

	buf_init(&b, why, whysize);
	name = plan_domain_name(text, &b);
	if (name == NULL)
		return NULL;
	d = plan_find(plan, name);
	if (d == NULL && plan->domain_count < PLAN_DOMAINS_MAX)
		return plan_add(plan, name);
	free(name);
	if (d == NULL)
		buf_printf(&b, "more than %d domains", PLAN_DOMAINS_MAX);
	return d;
}

void
plan_restrict(struct plan *plan, const bool *taken)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->domain_count; i++) {
		if (taken[i])
			plan->domains[kept++] = plan->domains[i];
		else
			plan_domain_clear(&plan->domains[i]);
	}
	plan->domain_count = kept;
}

/* Of two that apply: does ${a} say more exactly whom it means? */
static bool
is_closer(const struct plan_explain *a, const struct plan_explain *b)
{
	if (a->domain == NULL || b->domain == NULL)
		return a->domain != NULL;
	if (a->below != b->below)
		return !a->below;
	return strlen(a->domain) > strlen(b->domain);
}

const struct plan_explain *
plan_explains(const struct plan *plan, const char *domain, enum audit_rule rule)
{
	const struct plan_explain *best = NULL;

	for (size_t i = 0; i < plan->explain_count; i++) {
		const struct plan_explain *e = &plan->explains[i];

		if (e->rule == rule && plan_explain_names(e, domain) &&
		    (best == NULL || is_closer(e, best)))
			best = e;
	}
	return best;
}

const char *
plan_kind_word(enum plan_kind kind)
{
	return kind_words[kind];
}
