#include <string.h>

#include "base/pool.h"
#include "ctl/audit/rules_row.h"
#include "ctl/text.h"

/* ${line} with the domain in place of each %s. */
static const char *
mend_for(struct rules_case *c, const char *line)
{
	const char *domain = c->f->domain;
	size_t len = strlen(line), extra = strlen(domain), n = 0;
	char *text, *to;

	for (const char *p = strstr(line, "%s"); p != NULL; p = strstr(p + 2, "%s"))
		n++;
	text = pool_alloc(c->pool, len + n * extra + 1);
	for (to = text; *line != '\0';) {
		if (line[0] == '%' && line[1] == 's') {
			to = stpcpy(to, domain);
			line += 2;
		} else {
			*to++ = *line++;
		}
	}
	*to = '\0';
	return text;
}

/* Where there are too many, the worst are kept: they make the verdict.  NULL: no room. */
static struct rules_check *
room_for(struct rules_case *c, const struct rules_row *row)
{
	struct rules_check *least = &c->checks[0];

	if (c->count < RULES_CHECKS_MAX)
		return &c->checks[c->count++];
	c->left_out++;
	for (size_t i = 1; i < c->count; i++) {
		if (c->checks[i].row->level < least->row->level)
			least = &c->checks[i];
	}
	return least->row->level < row->level ? least : NULL;
}

void
rules_row_add(struct rules_case *c, const struct rules_row *row, struct rules_about about)
{
	struct rules_check *check = room_for(c, row);

	if (check == NULL)
		return;
	*check = (struct rules_check){
		.row = row,
		.words = { about.one, about.two, about.three },
		.evidence = { about.seen, about.seen_too },
		.mend = about.mend,
	};
	if (check->mend == NULL && row->mend != NULL)
		check->mend = mend_for(c, row->mend);
}

const char *
rules_row_number(struct rules_case *c, unsigned long long n)
{
	return pool_printf(c->pool, "%llu", n);
}

bool
rules_row_failed(const struct facts_lookup *lookup)
{
	return lookup->status == DNS_TEMPFAIL || lookup->status == DNS_BOGUS;
}

const char *
rules_row_why(const struct facts_lookup *lookup)
{
	return lookup->reason != NULL ? lookup->reason : N_("no answer");
}
