#include "ctl/audit/rules_starttls.h"
#include "base/pool.h"
#include "ctl/audit/rules_host.h"
#include "ctl/audit/rules_row.h"
#include "ctl/audit/rules_tls.h"
#include "ctl/audit/tls_name.h"
#include "ctl/text.h"

static const struct rules_row not_connected = { "tls.connection", AUDIT_UNKNOWN,
	N_("not looked at: whether servers encrypt, and how well, shows only by "
	   "connecting to them, as Internet.nl does"),
	NULL };

enum door_case {
	DOOR_ASIDE,
	DOOR_NOT_TRIED,
	DOOR_UNREACHED,
	DOOR_STOPPED,
	DOOR_SENT_AWAY,
	DOOR_PLAIN,
	DOOR_REFUSED,
	DOOR_INJECTED,
	DOOR_NO_HANDSHAKE,
	DOOR_HANDSHAKE_LOST,
	DOOR_TLS
};

static const struct rules_row door_rows[] = {
	[DOOR_ASIDE] = { "tls.address", AUDIT_INFO,
	    N_("%s was not connected to, but another of its addresses was: %s"), NULL },
	[DOOR_NOT_TRIED] = { "tls.address", AUDIT_UNKNOWN,
	    N_("%s was not connected to: %s; --nameserver asks another DNS server, "
	       "--connect-to says where it is"),
	    NULL },
	[DOOR_UNREACHED] = { "tls.address", AUDIT_UNKNOWN,
	    N_("%s could not be tested: %s"), NULL },
	[DOOR_STOPPED] = { "tls.stopped", AUDIT_UNKNOWN, N_("%s could not be tested: %s"),
	    NULL },
	[DOOR_SENT_AWAY] = { "tls.stopped", AUDIT_UNKNOWN,
	    N_("%s could not be tested: %s, with \"%s\""), NULL },
	[DOOR_PLAIN] = { "tls.starttls", AUDIT_WRONG,
	    N_("%s does not offer STARTTLS: mail comes in unencrypted"), NULL },
	[DOOR_REFUSED] = { "tls.starttls", AUDIT_WRONG,
	    N_("%s offers STARTTLS but does not accept it: \"%s\""), NULL },
	[DOOR_INJECTED] = { "tls.injection", AUDIT_WRONG,
	    N_("%s sends more after its answer to STARTTLS, before any encryption: "
	       "others "
	       "could do so too"),
	    NULL },
	[DOOR_NO_HANDSHAKE] = { "tls.handshake", AUDIT_WRONG,
	    N_("%s offers STARTTLS, but TLS fails: %s"), NULL },
	[DOOR_HANDSHAKE_LOST] = { "tls.handshake", AUDIT_UNKNOWN,
	    N_("%s could not be tested: %s"), NULL },
	[DOOR_TLS] = { "tls.handshake", AUDIT_OK,
	    N_("%s offers STARTTLS, and the handshake completes with %s"), NULL },
};

static enum door_case
handshake_case(const struct probed_handshake *h)
{
	switch (h->end) {
	case PROBED_HANDSHAKE_DONE:
		return DOOR_TLS;
	case PROBED_HANDSHAKE_FAILED:
		return DOOR_NO_HANDSHAKE;
	default:
		return DOOR_HANDSHAKE_LOST;
	}
}

static enum door_case
door_case(const struct probed_host *h, const struct probed_address *a)
{
	switch (a->end) {
	case PROBED_NOT_TRIED:
		return rules_host_is_aside(h, a) ? DOOR_ASIDE : DOOR_NOT_TRIED;
	case PROBED_UNREACHED:
		return DOOR_UNREACHED;
	case PROBED_STOPPED:
		return a->words != NULL ? DOOR_SENT_AWAY : DOOR_STOPPED;
	case PROBED_PLAIN:
		return DOOR_PLAIN;
	case PROBED_REFUSED:
		return DOOR_REFUSED;
	case PROBED_INJECTED:
		return DOOR_INJECTED;
	case PROBED_TLS:
		return handshake_case(&a->plain);
	}
	return DOOR_UNREACHED;
}

static const char *
why(struct rules_case *c, const struct probed_address *a, enum door_case which)
{
	switch (which) {
	case DOOR_TLS:
		return tls_name_version(a->plain.version, c->pool);
	case DOOR_REFUSED:
		return a->words;
	case DOOR_NO_HANDSHAKE:
	case DOOR_HANDSHAKE_LOST:
		return a->plain.phrase;
	default:
		return a->phrase;
	}
}

static const struct rules_row stopped = { "tls.stopped", AUDIT_UNKNOWN,
	N_("%s could not be tested completely: %s"), NULL };
static const struct rules_row sent_away = { "tls.stopped", AUDIT_UNKNOWN,
	N_("%s could not be tested completely: %s, with \"%s\""), NULL };

static void
judge_address(
    struct rules_case *c, const struct probed_host *h, const struct probed_address *a)
{
	enum door_case which = door_case(h, a);
	struct rules_about about = { .one = rules_host_place(c, h, a),
		.two = why(c, a, which),
		.three = a->words };

	rules_row_add(c, &door_rows[which], about);
	if (a->stopped == NULL)
		return;
	about.two = a->stopped;
	about.three = a->stopped_words;
	rules_row_add(c, a->stopped_words != NULL ? &sent_away : &stopped, about);
}

static const struct rules_row left_out = { "tls.more", AUDIT_INFO,
	N_("%s has more addresses than are connected to: %s were left out"), NULL };

static void
judge_probed(struct rules_case *c, const struct probed_host *h)
{
	for (size_t i = 0; i < h->address_count; i++)
		judge_address(c, h, &h->addresses[i]);
	if (h->left_out > 0)
		rules_row_add(c, &left_out,
		    (struct rules_about){
			.one = h->name, .two = rules_row_number(c, h->left_out) });
	rules_tls_judge(c, h);
}

void
rules_starttls(struct rules_case *c)
{
	const struct facts *f = c->f;
	bool looked = true;

	if (!rules_host_any(c))
		return;
	for (size_t i = 0; i < f->host_count; i++) {
		const struct facts_host *h = &f->hosts[i];

		if (h->is_null)
			continue;
		rules_host_judge(c, h);
		if (h->probed != NULL)
			judge_probed(c, h->probed);
		else if (!h->is_literal)
			looked = false;
	}
	if (!looked)
		rules_row_add(c, &not_connected, (struct rules_about){ 0 });
}
