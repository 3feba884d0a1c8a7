/*
 * beschermd-audit.conf from anywhere, and what it names: up to an octet 1 the file
 * itself, behind it every other one.  What is taken is a domain; what is not is told why.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/plan_file.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *texts[2];
static size_t lengths[2];

static char *
read_text(const char *path, size_t *len, char *why, size_t whysize)
{
	int which = strcmp(path, "a.conf") != 0;

	snprintf(why, whysize, "nothing is wrong");
	*len = lengths[which];
	return mem_strndup(texts[which], lengths[which]);
}

static bool
list_texts(const char *pattern, struct wordlist *paths, char *why, size_t whysize)
{
	snprintf(why, whysize, "nothing is wrong");
	wordlist_add(paths, *pattern == '*' ? "a.conf" : "b");
	return true;
}

static void
must_be_good(const struct plan *plan)
{
	must(plan->domain_count <= PLAN_DOMAINS_MAX);
	for (size_t i = 0; i < plan->domain_count; i++) {
		const struct plan_domain *d = &plan->domains[i];

		must(strlen(d->name) <= 253 && strchr(d->name, '.') != NULL);
		must(plan_find(plan, d->name) == d);
		must(d->selectors.count <= PLAN_SELECTORS_MAX);
		for (size_t rule = 0; rule < AUDIT_RULES; rule++) {
			const struct plan_explain *e =
			    plan_explains(plan, d->name, (enum audit_rule)rule);

			must(e == NULL || (e->until > 0 && e->reason != NULL &&
					      plan_explain_names(e, d->name)));
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config_reader reader = { read_text, list_texts };
	const uint8_t *mark = size > 0 ? memchr(data, 1, size) : NULL;
	size_t len = mark != NULL ? (size_t)(mark - data) : size;
	char why[4096] = "";
	struct plan *plan;

	texts[0] = (const char *)data;
	lengths[0] = len;
	texts[1] = mark != NULL ? (const char *)mark + 1 : "";
	lengths[1] = mark != NULL ? size - len - 1 : 0;
	plan = plan_file_read("a.conf", &reader, 20261130, why, sizeof why);
	if (plan == NULL)
		must(*why != '\0');
	else
		must_be_good(plan);
	plan_free(plan);
	return 0;
}
