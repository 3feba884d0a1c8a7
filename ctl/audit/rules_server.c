#include <string.h>

#include "ctl/audit/rules_here.h"
#include "ctl/audit/rules_row.h"
#include "ctl/audit/rules_server.h"
#include "ctl/audit/server.h"
#include "ctl/text.h"

/* Can it be seen from here how mail of the domain goes out? */

enum sight { SIGHT_NO_HOSTS, SIGHT_NOT_HERE, SIGHT_NO_POSTFIX, SIGHT_CLEAR };

static const struct rules_row sight_rows[] = {
	[SIGHT_NOT_HERE] = { "sending.unseen", AUDIT_UNKNOWN,
	    N_("how it sends mail cannot be seen from here: ask its administrator, or "
	       "run "
	       "the audit on the mail server"),
	    NULL },
	[SIGHT_NO_POSTFIX] = { "sending.unseen", AUDIT_UNKNOWN,
	    N_("how it sends mail could not be seen: there is no Postfix here"), NULL },
};

static bool
has_hosts(const struct facts *f)
{
	for (size_t i = 0; i < f->host_count; i++) {
		if (!f->hosts[i].is_null)
			return true;
	}
	return false;
}

static enum sight
sight_of(const struct facts *f, const struct server *s)
{
	if (!has_hosts(f))
		return SIGHT_NO_HOSTS;
	if (!rules_here_any(s, f))
		return SIGHT_NOT_HERE;
	return s->has_postfix && s->sending.tls != NULL ? SIGHT_CLEAR : SIGHT_NO_POSTFIX;
}

/* False: it cannot, which is said; where there are no hosts, that has been. */
static bool
is_seen(struct rules_case *c, const struct server *s)
{
	enum sight sight = sight_of(c->f, s);

	if (sight != SIGHT_NO_HOSTS && sight != SIGHT_CLEAR)
		rules_row_add(c, &sight_rows[sight], (struct rules_about){ 0 });
	return sight == SIGHT_CLEAR;
}

static bool
is_one_of(const char *value, const char *const *list)
{
	while (*list != NULL && strcmp(value, *list) != 0)
		list++;
	return *list != NULL;
}

static const struct rules_row relayed = { "sending.relay", AUDIT_UNKNOWN,
	N_("mail goes out through %s: ask its administrator how it goes on from there"),
	NULL };

static void
judge_relay(struct rules_case *c, const struct server *s)
{
	if (s->sending.relay != NULL)
		rules_row_add(
		    c, &relayed, (struct rules_about){ .one = s->sending.relay });
}

/* STARTTLS */

static const struct rules_row tls_rows[] = {
	{ "sending.tls", AUDIT_WRONG,
	    N_("this server sends mail unencrypted (smtp_tls_security_level %s)"),
	    "postconf -e 'smtp_tls_security_level = dane' 'smtp_dns_support_level = "
	    "dnssec'" },
	{ "sending.tls", AUDIT_OK,
	    N_("this server encrypts what it sends (smtp_tls_security_level %s)"), NULL },
};

/* What mends an insufficient choice of TLS, where connections showed one. */
static const struct {
	const char *id;
	bool wants_file;
	struct rules_row row;
} mends[] = {
	{ "tls.version", false,
	    { "tls.postfix", AUDIT_INFO, N_("this makes Postfix exclude old versions"),
		"postconf -e 'smtpd_tls_protocols = >=TLSv1.2'" } },
	{ "tls.suite", false,
	    { "tls.postfix", AUDIT_INFO,
		N_("this makes Postfix exclude weak cipher suites"),
		"postconf -e 'smtpd_tls_exclude_ciphers = aNULL, kRSA, kDHE, SHA1, "
		"AESCCM8'" } },
	{ "tls.signature", true,
	    { "tls.postfix", AUDIT_INFO, N_("this makes Postfix exclude weak signatures"),
		"cp " EXAMPLESDIR "/postfix-tls.cnf /etc/postfix/tls.cnf && "
		"postconf -e 'tls_config_file = /etc/postfix/tls.cnf' "
		"'tls_config_name = postfix'" } },
};

static bool
has_wrong(const struct rules_case *c, const char *id)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->checks[i].row->level == AUDIT_WRONG &&
		    strcmp(c->checks[i].row->id, id) == 0)
			return true;
	}
	return false;
}

static void
name_mends(struct rules_case *c, const struct server *s)
{
	for (size_t i = 0; i < sizeof mends / sizeof mends[0]; i++) {
		if (has_wrong(c, mends[i].id) &&
		    (!mends[i].wants_file || s->has_tls_file))
			rules_row_add(c, &mends[i].row, (struct rules_about){ 0 });
	}
}

void
rules_server_starttls(struct rules_case *c, const struct server *s)
{
	static const char *const good[] = { "may", "encrypt", "dane", "dane-only",
		"verify", "secure", "fingerprint", NULL };

	if (!is_seen(c, s))
		return;
	name_mends(c, s);
	rules_row_add(c, &tls_rows[is_one_of(s->sending.tls, good)],
	    (struct rules_about){ .one = s->sending.tls });
	judge_relay(c, s);
}

/* DANE */

enum dane_case { DANE_OFF, DANE_NO_DNSSEC, DANE_ON };

static const struct rules_row dane_rows[] = {
	[DANE_OFF] = { "sending.dane", AUDIT_WRONG,
	    N_("this server does not look for TLSA records of others "
	       "(smtp_tls_security_level %s)"),
	    "postconf -e 'smtp_tls_security_level = dane' 'smtp_dns_support_level = "
	    "dnssec'" },
	[DANE_NO_DNSSEC] = { "sending.dane", AUDIT_WRONG,
	    N_("this server asks without DNSSEC, so that it sees no TLSA records "
	       "(smtp_dns_support_level is not dnssec)"),
	    "postconf -e 'smtp_dns_support_level = dnssec'" },
	[DANE_ON] = { "sending.dane", AUDIT_OK,
	    N_("this server uses the TLSA records of others (smtp_tls_security_level "
	       "%s)"),
	    NULL },
};

static const struct rules_row far_resolver = { "sending.resolver", AUDIT_LOOK,
	N_("Postfix asks %s about DNSSEC over the network, where others could answer for "
	   "it; "
	   "a resolver on this host is safer"),
	NULL };

static enum dane_case
dane_case(const struct server_sending *sending)
{
	static const char *const good[] = { "dane", "dane-only", NULL };

	if (!is_one_of(sending->tls, good))
		return DANE_OFF;
	return strcmp(sending->dns, "dnssec") == 0 ? DANE_ON : DANE_NO_DNSSEC;
}

void
rules_server_dane(struct rules_case *c, const struct server *s)
{
	enum dane_case which;

	if (!is_seen(c, s))
		return;
	which = dane_case(&s->sending);
	rules_row_add(
	    c, &dane_rows[which], (struct rules_about){ .one = s->sending.tls });
	if (which == DANE_ON && s->sending.resolver != NULL)
		rules_row_add(
		    c, &far_resolver, (struct rules_about){ .one = s->sending.resolver });
	judge_relay(c, s);
}
