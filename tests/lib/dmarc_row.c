#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "dmarc_case.h"
#include "dmarc_row.h"

void
dmarc_row_run(const struct dmarc_row *row, const struct dmarc_options *options)
{
	struct dmarc_case *c = dmarc_case_new(row->zone, row->from);
	struct dmarc_evidence d;

	assert_non_null(c);
	if (row->spf != NULL) {
		char result[20] = "pass";
		const char *space = strchr(row->spf, ' ');

		if (space != NULL)
			snprintf(result, sizeof result, "%.*s", (int)(space - row->spf),
			    row->spf);
		dmarc_case_spf(c, result, space != NULL ? space + 1 : row->spf);
	}
	if (row->dkim != NULL)
		dmarc_case_signatures(c, row->dkim);
	d = dmarc_case_check(c, options);
	print_message("# %s\n", row->name);
	assert_string_equal(dmarc_case_spell(c, &d), row->found);
	if (row->names != NULL)
		assert_string_equal(dmarc_case_names(c), row->names);
	if (row->org != NULL)
		assert_string_equal(d.org_domain != NULL ? d.org_domain : "-", row->org);
	assert_true(d.reason != NULL || d.result == DMARC_PASS || d.result == DMARC_NONE);
	dmarc_case_free(c);
}

const char *
dmarc_row_name(char name[254], int labels)
{
	struct buf b;

	buf_init(&b, name, 254);
	for (int i = 2; i < labels; i++)
		buf_puts(&b, "a.");
	buf_puts(&b, "example.nl");
	return name;
}
