#include <string.h>

#include "config/config.h"
#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/authres_id.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "policy/actions.h"

#define RESULTS "Authentication-Results"
#define BEGIN_OCTETS 60

static bool
is_removed(const struct actions *a, int nth)
{
	for (size_t i = 0; i < a->remove_count; i++) {
		if (a->remove[i].nth == nth)
			return true;
	}
	return false;
}

/* Its beginning, without folds. */
static void
print_field(const struct page *p, const char *value, const char *fate)
{
	char begin[BEGIN_OCTETS + 1], quoted[PAGE_QUOTE_SIZE];
	size_t len = 0;

	value += strspn(value, " \t\n");
	for (; *value != '\0' && len < BEGIN_OCTETS; value++) {
		if (*value != '\n')
			begin[len++] = *value;
	}
	begin[len] = '\0';
	page_text(p, 4, RESULTS ": %s%s", page_quote(begin, quoted),
	    *value != '\0' ? "..." : "");
	page_text(p, 6, "%s", fate);
}

/* Results that others wrote: what becomes of each. */
static void
print_others(const struct page *p, const struct judged *j)
{
	const struct header_list *headers = j->ev->headers;
	int nth = 0;

	if (headers == NULL || headers->authres_count == 0)
		return;
	page_text(p, 2, "%s", _("Results that were in the message"));
	for (size_t i = 0; i < headers->count; i++) {
		const struct header_field *field = &headers->fields[i];
		const char *fate = _("stays, because it does not claim to be ours");

		if (!header_field_is(field, RESULTS))
			continue;
		if (is_removed(j->actions, ++nth))
			fate = _("removed: it claims our name but is not ours");
		else if (authres_id_claims(
			     field->value, headers->authserv_id, headers->trusted))
			fate = _("claims our name; a refused message is not changed");
		else if (authres_id_claims(field->value, headers->authserv_id, NULL))
			fate = _("stays, because its id is in TrustedAuthservIDs");
		print_field(p, field->value, fate);
	}
}

/* Whole, however long; ours are printable, those of a history are what its file says. */
static void
put_line(const struct page *p, const char *text, size_t len)
{
	for (; len > 0; text++, len--) {
		if (*text >= ' ' && *text <= '~')
			fputc(*text, p->out);
		else
			fprintf(p->out, "\\x%02X", (unsigned char)*text);
	}
}

/* As it will stand in the header: with its folds. */
static void
print_inserted(const struct page *p, const struct header_insertion *h)
{
	const char *value = h->value;
	size_t len = strcspn(value, "\n");

	fputs("    ", p->out);
	put_line(p, h->name, strlen(h->name));
	fputc(':', p->out);
	put_line(p, value, len);
	for (value += len; *value == '\n'; value += len) {
		len = strcspn(++value, "\n");
		fputs("\n    ", p->out);
		put_line(p, value, len);
	}
	fputc('\n', p->out);
}

void
explain_header_print(const struct page *p, const struct judged *j)
{
	const struct actions *a = j->actions;

	page_heading(p, _("What happens to its header"));
	print_others(p, j);
	if (a->insert_count == 0) {
		page_text(p, 2, "%s", _("Nothing is added."));
		return;
	}
	page_text(p, 2, "%s", _("Added on top"));
	/* Of those put at 0 the last is on top. */
	for (size_t i = a->insert_count; i > 0; i--)
		print_inserted(p, &a->insert[i - 1]);
}
