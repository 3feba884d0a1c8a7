#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/buf.h"
#include "base/day.h"
#include "config/config.h"
#include "config/config_override.h"
#include "ctl/complaint.h"
#include "ctl/conf/override_ask.h"
#include "ctl/conf/override_line.h"
#include "ctl/history/remembered.h"
#include "ctl/option_value.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "ctl/when.h"

#define DAYS 90
#define WHY_OCTETS 512
#define DAY_SIZE 16
#define ID_OCTETS 100

/* Postfix's and Sendmail's are letters and digits; a milter may be told of others. */
static bool
is_id(const char *text)
{
	size_t len = strspn(
	    text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-");

	return len > 0 && len <= ID_OCTETS && text[len] == '\0' && *text != '-' &&
	       strcmp(text, "NOQUEUE") != 0;
}

/* What no Override for this client may be made of; NULL: one may. */
static const char *
why_not(const struct remembered_message *m, bool force)
{
	if (strcmp(m->would, "accept") == 0)
		return _("this message was accepted: there is nothing to let in");
	if (*m->from == '\0')
		return _("this message has no author domain, which an Override needs: "
			 "the sender "
			 "has to fix From");
	if (m->rule == RULE_DMARC_TEMPERROR)
		return _(
		    "DNS gave no answer for this message: its sender tries again, and an "
		    "Override does not help");
	if (m->is_relay)
		return _("the client is one of TrustedRelays: an Override for it would "
			 "let in all mail in that name that comes through it, forged "
			 "mail too");
	if (m->client.family == IP_UNKNOWN || m->client.family == IP_LOCAL ||
	    ip_is_loopback(&m->client))
		return _("the client is this host itself, or not known: an Override for "
			 "it would let in anybody's mail in that name");
	if (m->sign == SIGN_NONE && !force)
		return _("nothing shows that this message was forwarded, and forged mail "
			 "looks the same: ask the owner of the domain, by telephone, "
			 "whether the client is theirs; only then --force gives the "
			 "line");
	return NULL;
}

/* For who decides: which message it is, and what speaks for it. */
static void
tell(const char *queue_id, const struct remembered_message *m)
{
	char when[WHEN_TEXT_SIZE], ip[IP_TEXT_SIZE], from[PAGE_QUOTE_SIZE];
	const struct page p = { .out = stderr };

	page_row(&p, _("Message"), "%s, %s", queue_id, when_format(m->at, when));
	page_row(&p, _("Author"), "%s", page_quote(m->from, from));
	page_row(&p, _("Client"), "%s", ip_format(&m->client, ip));
	if (m->others > 0)
		page_row(&p, _("Note"), "%s",
		    _("other messages had this queue id before; this is the newest"));
	if (m->sign == SIGN_BODY_CHANGED)
		page_row(&p, _("Sign"), "%s",
		    _("the domain signed mail that comes from there, and only its body "
		      "was changed"));
	else if (m->sign == SIGN_OTHERS_PASS)
		page_row(&p, _("Sign"), "%s",
		    _("mail of three other domains, or more, passes from there"));
	page_text(&p, 2, "%s",
	    _("All mail in that name from this client will come in.  A sign of "
	      "forwarding is not proof: ask the owner of the domain."));
}

static int
read_line(struct config_override *o, const struct override_line *words,
    const struct remembered_message *m)
{
	char storage[WHY_OCTETS];
	struct buf why;

	buf_init(&why, storage, sizeof storage);
	if (!override_line_read(o, words, &why)) {
		complaint_print("%s", storage);
		return EX_USAGE;
	}
	if (netlist_covers(&o->client, &m->client))
		return EX_OK;
	complaint_print("%s", _("--client: the message did not come from there"));
	config_override_clear(o);
	return EX_USAGE;
}

int
override_ask(const char *conf, const char *queue_id, const struct override_line *words,
    bool force, struct config_override *o)
{
	const int end = day_local(time(NULL) + (time_t)DAYS * 24 * 60 * 60);
	char until[DAY_SIZE], ip[IP_TEXT_SIZE];
	struct override_line all = *words;
	struct remembered_message m;
	const char *never;
	int code;

	if (!is_id(queue_id)) {
		option_value_refuse("--from-message", queue_id, _("a queue id"));
		return EX_USAGE;
	}
	code = remembered_message(conf, queue_id, &m);
	if (code != EX_OK)
		return code;
	never = why_not(&m, force);
	if (never != NULL) {
		complaint_print("%s", never);
		return EX_DATAERR;
	}
	snprintf(until, sizeof until, "%04d-%02d-%02d", end / 10000, end / 100 % 100,
	    end % 100);
	all.domain = m.from;
	all.action = "accept";
	all.client = words->client != NULL ? words->client : ip_format(&m.client, ip);
	all.until = words->until != NULL ? words->until : until;
	code = read_line(o, &all, &m);
	if (code == EX_OK)
		tell(queue_id, &m);
	return code;
}
