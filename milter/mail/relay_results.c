#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/pool.h"
#include "mail/address.h"
#include "mail/authres_id.h"
#include "mail/evidence.h"
#include "mail/from_guard.h"
#include "mail/header.h"
#include "mail/lexeme.h"
#include "mail/received.h"
#include "mail/relay_field.h"
#include "mail/relay_results.h"
#include "mail/relay_said.h"

static const char results_name[] = "Authentication-Results";

/* As header_list_add(): comparing names in other letters is slow. */
static bool
claims(const struct header_field *field, const char *id, size_t *other_letters)
{
	const char *value = field->value;

	if (!lexeme_is_ascii(value, strlen(value)) &&
	    (*other_letters)++ >= HEADER_COMPARED_MAX)
		return true;
	return authres_id_claims(value, id, NULL);
}

/* The one field of ${id}; also what some reader may take for one counts. */
static const char *
find_field(const struct header_list *headers, const char *id, size_t *found)
{
	size_t count = 0, other_letters = 0;

	if (headers->overflow)
		return "the header is too large to be searched";
	for (size_t i = 0; i < headers->count && count < 2; i++) {
		const struct header_field *field = &headers->fields[i];

		if (!header_field_is(field, results_name) ||
		    !claims(field, id, &other_letters))
			continue;
		*found = i;
		count++;
	}
	if (count > 1)
		return "there are several fields of that name";
	return count == 0 ? "there is no field of that name" : NULL;
}

/* Who can have written it?  NULL: the relay; ${below}: if it takes forged ones away. */
static const char *
check_place(const struct evidence *ev, const struct relay_results_options *options,
    size_t place, bool *below, struct pool *pool)
{
	const struct received_own own =
	    received_relay_own(ev->headers, options->trusted, pool);

	*below = false;
	if (!own.any)
		return "there is no Received field of the relay";
	if (!relay_said_is_plain_helo(own.helo, ev->headers->fields[own.last].value))
		return "the relay may have copied odd words of HELO into it";
	if (place < own.last)
		return NULL;
	if (place != own.last + 1 || !options->strips)
		return "it stands below the relay's Received field";
	if (!own.from_outside)
		return "the relay's Received field names no client outside";
	*below = true;
	return NULL;
}

/* Senders choose these words, and relays may put them into their field unquoted. */
static const char *
check_said(const struct evidence *ev, struct pool *pool)
{
	if (!relay_said_is_plain_path(ev->mail_from))
		return "the relay may have copied odd words of MAIL into it";
	if (!relay_said_are_plain_signatures(ev->headers, pool))
		return "the relay may have copied odd words of a signature into it";
	return NULL;
}

/* The last two labels of a name, or what there is. */
static const char *
last_two_labels(const char *name)
{
	const char *p = name + strlen(name);
	size_t dots = 0;

	while (p > name && (p[-1] != '.' || ++dots < 2))
		p--;
	return p;
}

/* May the two be of one organization? */
static bool
may_be_related(const char *a, const char *b)
{
	return strcmp(last_two_labels(a), last_two_labels(b)) == 0;
}

/* A relay that says fail has not seen the author's own domain pass. */
static bool
contradicts_itself(const struct relay_field *field)
{
	if (!field->dmarc_fail)
		return false;
	if (field->mailfrom != NULL && may_be_related(field->mailfrom, field->from))
		return true;
	for (size_t i = 0; i < field->dkim_count; i++) {
		if (may_be_related(field->dkim[i].domain, field->from))
			return true;
	}
	return false;
}

static const char *
check_field(const struct evidence *ev, const struct relay_field *field)
{
	if (field->fault != NULL)
		return field->fault;
	if (field->from == NULL)
		return "it has no dmarc result with header.from";
	if (strcmp(field->from, ev->from.domain) != 0)
		return "its header.from is another domain";
	if (contradicts_itself(field))
		return "it says dmarc=fail and that the author's domain passed";
	return NULL;
}

/* NULL, and ${field} was read: it counts. */
static const char *
read_results(const struct evidence *ev, const struct relay_results_options *options,
    struct relay_field *field, struct pool *pool)
{
	const struct header_field *found;
	const char *fault;
	size_t place = 0;
	bool below;

	if (ev->from.status != FROM_OK)
		return "From does not name one author domain";
	fault = find_field(ev->headers, options->id, &place);
	if (fault == NULL)
		fault = check_place(ev, options, place, &below, pool);
	if (fault == NULL)
		fault = check_said(ev, pool);
	if (fault != NULL)
		return fault;
	found = &ev->headers->fields[place];
	if (strlen(found->name) != strlen(results_name))
		return "there is white space before its colon";
	if (from_guard_is_long(found->name, found->value))
		return "a line of it is too long";
	if (authres_id_is_same(
		options->id, strlen(options->id), ev->headers->authserv_id))
		return "that name is our own";
	*field = relay_field_read(found->value, options->id, below, pool);
	return check_field(ev, field);
}

/* As EVIDENCE_BY_RELAY begins. */
static const char *
taken_reason(const char *own, struct pool *pool)
{
	return pool_printf(pool, "taken from the relay's results, ours is %s", own);
}

static void
take_spf(struct evidence *ev, const char *domain, struct pool *pool)
{
	struct spf_evidence *spf = &ev->spf;

	if (domain == NULL || (spf->result != SPF_FAIL && spf->result != SPF_NONE &&
				  spf->result != SPF_NEUTRAL))
		return;
	spf->by_relay = true;
	spf->own = spf->result;
	spf->reason = taken_reason(evidence_spf_name(spf->result), pool);
	spf->result = SPF_PASS;
	spf->scope = SPF_MAILFROM;
	spf->domain = domain;
	spf->explanation = NULL;
	spf->dns_sec = DNS_SEC_UNASKED;
}

static bool
is_meant(const struct dkim_evidence *d, const struct relay_field_pass *pass)
{
	return strcmp(d->domain, pass->domain) == 0 &&
	       (pass->selector == NULL || strcasecmp(d->selector, pass->selector) == 0);
}

/* The one of ours that ${pass} stands for: may it be replaced?  None: a new one is it. */
static struct dkim_evidence *
replaceable(
    struct evidence *ev, struct dkim_evidence *list, const struct relay_field_pass *pass)
{
	struct dkim_evidence *first = NULL;

	for (size_t i = 0; i < ev->dkim_count; i++) {
		struct dkim_evidence *d = &list[i];

		if (!is_meant(d, pass))
			continue;
		if (d->result == DKIM_PASS || d->result == DKIM_TEMPERROR ||
		    d->result == DKIM_PERMERROR)
			return NULL;
		if (first == NULL)
			first = d;
	}
	if (first != NULL)
		return first;
	first = &list[ev->dkim_count++];
	*first = (struct dkim_evidence){ .result = DKIM_NONE,
		.domain = pass->domain,
		.selector = pass->selector != NULL ? pass->selector : "",
		.algorithm = "",
		.b_start = "" };
	return first;
}

static size_t
count_passes(const struct evidence *ev)
{
	size_t count = 0;

	for (size_t i = 0; i < ev->dkim_count; i++)
		count += ev->dkim[i].result == DKIM_PASS;
	return count;
}

static void
take_dkim(struct evidence *ev, const struct relay_field *field, size_t passes_max,
    struct pool *pool)
{
	struct dkim_evidence *list =
	    pool_alloc(pool, (ev->dkim_count + field->dkim_count + 1) * sizeof *list);
	size_t passes = count_passes(ev);

	if (ev->dkim_count > 0)
		memcpy(list, ev->dkim, ev->dkim_count * sizeof *list);
	for (size_t i = 0; i < field->dkim_count && passes < passes_max; i++) {
		struct dkim_evidence *d = replaceable(ev, list, &field->dkim[i]);

		if (d == NULL)
			continue;
		d->by_relay = true;
		d->own = d->result;
		d->reason = taken_reason(evidence_dkim_name(d->result), pool);
		d->result = DKIM_PASS;
		passes++;
	}
	ev->dkim = list;
}

void
relay_results_take(
    struct evidence *ev, const struct relay_results_options *options, struct pool *pool)
{
	struct relay_field field;

	if (*options->id == '\0' || !ev->relay.is_relay)
		return;
	ev->relay.results = RELAY_RESULTS_HELD;
	ev->relay.results_reason = read_results(ev, options, &field, pool);
	if (ev->relay.results_reason != NULL)
		return;
	ev->relay.results = RELAY_RESULTS_READ;
	take_spf(ev, field.mailfrom, pool);
	take_dkim(ev, &field, options->passes_max, pool);
}
