#include <inttypes.h>

#include "ctl/history/overview_data.h"
#include "ctl/history/overview_parts.h"
#include "ctl/html.h"
#include "ctl/judge/reason.h"
#include "ctl/text.h"

static void
put_keys(struct html *h, const struct overview *o)
{
	const struct html_column columns[] = {
		{ _("Domain"), false },
		{ _("Selector"), false },
		{ _("Bits"), true },
		{ _("Messages"), true },
	};

	if (o->key_count == 0) {
		html_put(h, "p", NULL, _("None in this period."));
		return;
	}
	html_table(h, _("RSA keys of fewer than 2048 bits"), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < o->key_count; i++) {
		html_row(h);
		html_cell(h);
		html_domain(h, o->keys[i].domain);
		html_cell(h);
		html_foreign(h, o->keys[i].what);
		html_cell(h);
		html_printf(h, "%" PRId64, o->keys[i].bits);
		html_cell(h);
		html_number(h, o->keys[i].n);
	}
	html_table_end(h);
}

static void
put_spf(struct html *h, const struct overview *o)
{
	const struct html_column columns[] = {
		{ _("Domain"), false },
		{ _("What is wrong"), false },
		{ _("Messages"), true },
	};
	char reason[PAGE_QUOTE_SIZE];

	if (o->spf_count == 0) {
		html_put(h, "p", NULL, _("None in this period."));
		return;
	}
	html_table(h, _("Domains whose SPF record no mail server can use"), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < o->spf_count; i++) {
		html_row(h);
		html_cell(h);
		html_domain(h, o->spf[i].domain);
		html_cell(h);
		html_foreign(h, reason_quote(o->spf[i].what, reason));
		html_cell(h);
		html_number(h, o->spf[i].n);
	}
	html_table_end(h);
}

void
overview_faults_put(struct html *h, const struct overview *o)
{
	html_put(h, "p", NULL,
	    _("What other mail servers stumble over as well. Whoever runs these domains "
	      "will be glad to hear of it."));
	html_put(h, "h3", NULL, _("Weak keys"));
	html_put(h, "p", NULL,
	    _("Signatures are only as good as their key. The standard (RFC 8301) asks "
	      "for 2048 bits; those of fewer than 1024 do not count."));
	put_keys(h, o);
	html_put(h, "h3", NULL, _("Faults in SPF records"));
	put_spf(h, o);
}
