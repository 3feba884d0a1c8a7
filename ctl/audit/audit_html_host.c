#include <string.h>

#include "base/pool.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/audit_html_host.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/ncsc.h"
#include "ctl/audit/tls_name.h"
#include "ctl/calendar.h"
#include "ctl/html.h"
#include "ctl/text.h"

static const char *
word_of(enum ncsc_level level)
{
	const char *text = _(ncsc_level_word(level));
	const char *bar = strchr(text, '|');

	return bar != NULL ? bar + 1 : text;
}

static const char *
class_of(enum ncsc_level level)
{
	static const char *const classes[] = {
		[NCSC_GOOD] = "mark good",
		[NCSC_SUFFICIENT] = "mark good",
		[NCSC_PHASE_OUT] = "mark look",
		[NCSC_INSUFFICIENT] = "mark bad",
	};

	return classes[level];
}

/* What was seen of a kind: a row for each, with its level. */
struct kind {
	const char *label;
	const char *(*name)(uint16_t number, struct pool *pool);
	enum ncsc_level (*level)(uint16_t number);
};

static const struct kind versions = { N_("version"), tls_name_version, ncsc_version };
static const struct kind suites = { N_("cipher suite"), tls_name_suite, ncsc_suite };
static const struct kind groups = { N_("key exchange"), tls_name_group, ncsc_group };
static const struct kind signatures = { N_("signature of the key exchange"),
	tls_name_signature, ncsc_signature };

static void
put_numbers(struct html *h, const struct kind *kind, const uint16_t *list, size_t count,
    struct pool *pool)
{
	for (size_t i = 0; i < count; i++) {
		enum ncsc_level level = kind->level(list[i]);

		html_row(h);
		html_cell(h);
		html_text(h, _(kind->label));
		html_cell(h);
		html_put(h, "code", NULL, kind->name(list[i], pool));
		html_cell(h);
		html_put(h, "span", class_of(level), word_of(level));
	}
}

static void
put_own_prime(struct html *h, const struct probed_tls *tls)
{
	if (tls->dh_bits == 0)
		return;
	html_row(h);
	html_cell(h);
	html_text(h, _(groups.label));
	html_cell(h);
	html_printf(h, _("a prime of its own (%d bits)"), (int)tls->dh_bits);
	html_cell(h);
	html_put(h, "span", class_of(NCSC_INSUFFICIENT), word_of(NCSC_INSUFFICIENT));
}

static void
put_tls(struct html *h, const struct probed_tls *tls, struct pool *pool)
{
	const struct html_column columns[] = { { _("what"), false },
		{ _("accepted"), false }, { _("level"), false } };

	html_table(h, _("what it accepts, by the guideline of the NCSC"), columns,
	    sizeof columns / sizeof *columns);
	put_numbers(h, &versions, tls->versions, tls->version_count, pool);
	put_numbers(h, &suites, tls->bad, tls->bad_count, pool);
	put_numbers(h, &suites, tls->phase_out, tls->phase_out_count, pool);
	put_numbers(h, &suites, tls->suites, tls->suite_count, pool);
	put_numbers(h, &groups, tls->groups, tls->group_count, pool);
	put_numbers(h, &signatures, tls->signatures, tls->signature_count, pool);
	put_own_prime(h, tls);
	html_table_end(h);
	if (tls->bad_more || tls->phase_out_more)
		html_put(h, "p", "soft", _("and more cipher suites of that kind"));
}

static void
put_certificate(struct html *h, const struct probed_certificate *k, bool matched)
{
	char until[CALENDAR_TEXT_SIZE];

	html_row(h);
	html_cell(h);
	html_foreign(h, k->subject);
	html_cell(h);
	if (k->type == PROBED_KEY_RSA)
		html_printf(h, "%s %d", k->key, k->bits);
	else
		html_text(h, k->key);
	html_cell(h);
	html_text(h, k->signature);
	html_cell(h);
	html_text(h, calendar_moment(k->not_after, until));
	html_cell(h);
	html_text(h, matched ? _("yes") : "");
	html_cell(h);
	html_put(h, "code", NULL, k->spki_sha256);
}

static void
put_chain(struct html *h, const struct probed_handshake *shake)
{
	for (size_t i = 0; i < shake->chain_count; i++)
		put_certificate(h, &shake->chain[i], i == 0 && shake->dane_matched);
}

static void
put_certificates(struct html *h, const struct probed_address *a)
{
	const struct html_column columns[] = { { _("certificate"), false },
		{ _("key"), false }, { _("signature"), false }, { _("expires"), false },
		{ "DANE", false }, { _("SHA-256 of the key"), false } };

	if (a->plain.chain_count + a->other.chain_count == 0)
		return;
	html_table(h, _("the certificates that it sends"), columns,
	    sizeof columns / sizeof *columns);
	put_chain(h, &a->plain);
	put_chain(h, &a->other);
	html_table_end(h);
}

/* As it was said, a line each: ">" we, "<" the server. */
static void
put_dialogue(struct html *h, const struct probed_address *a, struct pool *pool)
{
	const char *lines = a->dialogue;

	if (lines == NULL)
		return;
	html_put(h, "p", "soft", _("what was said: > by us, < by the server"));
	html_open(h, "ul", NULL);
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		html_open(h, "li", NULL);
		html_put(h, "code", NULL,
		    answer_text_plain(pool_strndup(pool, lines, len), pool));
		html_close(h, "li");
		lines += len + (lines[len] != '\0');
	}
	html_close(h, "ul");
}

static const char *
state_of(const struct probed_address *a)
{
	switch (a->end) {
	case PROBED_NOT_TRIED:
		return _("was not connected to");
	case PROBED_UNREACHED:
	case PROBED_STOPPED:
		return _("could not be tested");
	case PROBED_PLAIN:
		return _("no STARTTLS");
	case PROBED_REFUSED:
		return _("STARTTLS is offered and refused");
	case PROBED_INJECTED:
		return _("sends more after its answer to STARTTLS");
	case PROBED_TLS:
		break;
	}
	return a->plain.end == PROBED_HANDSHAKE_DONE ? _("encrypts")
						     : _("no TLS handshake");
}

static void
put_why(struct html *h, const char *phrase, const char *words)
{
	if (phrase != NULL)
		html_printf(h, ": %s", _(phrase));
	if (words == NULL)
		return;
	html_text(h, " ");
	html_foreign(h, words);
}

static void
put_address(struct html *h, const struct probed_address *a, struct pool *pool)
{
	bool refused = a->end == PROBED_STOPPED || a->end == PROBED_REFUSED;

	html_open(h, "p", NULL);
	html_open(h, "strong", NULL);
	html_text(h, a->address);
	html_close(h, "strong");
	html_printf(h, ": %s", state_of(a));
	put_why(h, a->phrase != NULL ? a->phrase : a->plain.phrase,
	    refused ? a->words : NULL);
	html_printf(h, " (%s)",
	    pool_printf(pool, ngettext("%u connection", "%u connections", a->connections),
		a->connections));
	html_close(h, "p");
	if (a->stopped != NULL) {
		html_open(h, "p", NULL);
		html_text(h, _("It could not be tested completely"));
		put_why(h, a->stopped, a->stopped_words);
		html_close(h, "p");
	}
	put_certificates(h, a);
	if (a->tls.is_known)
		put_tls(h, &a->tls, pool);
	put_dialogue(h, a, pool);
}

void
audit_html_host_put(struct html *h, const struct probed_host *host, struct pool *pool)
{
	html_open(h, "details", NULL);
	html_open(h, "summary", NULL);
	html_domain(h, host->name);
	html_close(h, "summary");
	for (size_t i = 0; i < host->address_count; i++)
		put_address(h, &host->addresses[i], pool);
	html_close(h, "details");
}
