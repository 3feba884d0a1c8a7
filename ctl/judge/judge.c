#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/netlist.h"
#include "base/pool.h"
#include "config/config.h"
#include "ctl/judge/judge.h"
#include "ctl/text.h"
#include "detail.h"
#include "mail/evidence.h"
#include "mail/received.h"
#include "parts.h"
#include "policy/actions.h"
#include "policy/judged_json.h"
#include "policy/verdict.h"
#include "session.h"

struct judge {
	struct pool *pool;
	struct parts_store *store;
	const struct parts *parts;
	struct session *session;
	struct ip client;
	struct ip hop;    /* of the Received field at hand */
	bool relay_wrote; /* the next one, as this one is from a relay */
	bool
	    relay_sought; /* RelayResults: all Received fields so far are of our server */
	size_t received;  /* fields so far */
	size_t own_received; /* of them our server's: what stands above is left out */
	const char *helo, *mail_from;
	struct judged judged;
	struct evidence exempt; /* of a message that the session did not look at */
	struct verdict exempt_verdict;
	struct actions exempt_actions;
};

static bool
is_ours(const struct config *config, const struct ip *ip)
{
	return netlist_has(&config->ignore_hosts, ip) ||
	       netlist_has(&config->trusted_relays, ip);
}

/* More is read in a field that a relay wrote: it stands below the one that names it. */
static enum received_hop
read_hop(struct judge *j, const char *value, const char **helo, struct pool *pool)
{
	enum received_hop hop = RECEIVED_UNREADABLE;

	if (j->relay_wrote)
		hop = received_relay_hop(value, &j->hop, helo, pool);
	else if (received_client(value, &j->hop, helo, pool))
		hop = RECEIVED_CLIENT;
	j->relay_wrote = hop == RECEIVED_SAME_HOST ||
			 (hop == RECEIVED_CLIENT &&
			     netlist_has(&j->parts->config->trusted_relays, &j->hop));
	return hop;
}

static void
take_helo(struct judge *j, const struct judge_options *o, const char *helo)
{
	if (o->helo != NULL)
		return;
	j->helo = pool_strdup(j->pool, helo);
	j->judged.helo_source = JUDGED_RECEIVED;
}

/* The host that handed the message to the first server of ours. */
static void
take_received(struct judge *j, const struct judge_options *o, const char *value)
{
	struct pool *pool;
	const char *helo;

	if (j->judged.client_source != JUDGED_UNKNOWN)
		return;
	/* A file may hold any number of hops of ours. */
	pool = pool_new();
	if (read_hop(j, value, &helo, pool) == RECEIVED_CLIENT &&
	    !is_ours(j->parts->config, &j->hop)) {
		j->client = j->hop;
		j->judged.client_source = JUDGED_RECEIVED;
		take_helo(j, o, helo);
	}
	pool_free(pool);
}

/*
 * RelayResults goes by what a relay wrote on top, which in a mailbox stands below what
 * our own server and filter added.  So the relay that our server names is the client.
 */
static void
take_relay(struct judge *j, const struct judge_options *o, const char *value)
{
	const struct config *config = j->parts->config;
	struct pool *pool;
	const char *helo;
	struct ip hop;
	bool known;

	j->received++;
	if (!j->relay_sought)
		return;
	pool = pool_new();
	known = received_client(value, &hop, &helo, pool);
	j->relay_sought = known && netlist_has(&config->ignore_hosts, &hop);
	if (known && !j->relay_sought && netlist_has(&config->trusted_relays, &hop) &&
	    (!o->has_client || ip_is_equal(&hop, &o->client))) {
		j->own_received = j->received;
		j->client = hop;
		if (!o->has_client)
			j->judged.client_source = JUDGED_RECEIVED;
		take_helo(j, o, helo);
	}
	pool_free(pool);
}

static void
take_return_path(struct judge *j, const char *value)
{
	if (j->judged.mail_from_source != JUDGED_UNKNOWN)
		return;
	value += strspn(value, " \t\n");
	j->mail_from = pool_strndup(j->pool, value, strcspn(value, " \t\n"));
	j->judged.mail_from_source = JUDGED_RETURN_PATH;
}

static void
identify(struct judge *j, const struct judge_options *o, struct mailfile *f)
{
	const char *name, *value;

	if (o->has_client) {
		j->client = o->client;
		j->judged.client_source = JUDGED_OPTION;
	}
	if (o->helo != NULL) {
		j->helo = o->helo;
		j->judged.helo_source = JUDGED_OPTION;
	}
	if (o->mail_from != NULL) {
		j->mail_from = o->mail_from;
		j->judged.mail_from_source = JUDGED_OPTION;
	}
	j->relay_sought = *j->parts->config->relay_results_id != '\0';
	while (mailfile_field(f, true, &name, &value)) {
		if (strcasecmp(name, "Received") == 0) {
			take_relay(j, o, value);
			take_received(j, o, value);
		} else if (strcasecmp(name, "Return-Path") == 0)
			take_return_path(j, value);
	}
	mailfile_rewind(f);
}

static void
transmit(struct judge *j, const char *queue_id, struct mailfile *f)
{
	size_t own = j->own_received;
	const char *name, *value;
	const unsigned char *data;
	size_t len;

	while (mailfile_field(f, false, &name, &value)) {
		if (own == 0)
			session_header(j->session, name, value);
		else if (strcasecmp(name, "Received") == 0)
			own--;
	}
	session_eoh(j->session, queue_id);
	while ((len = mailfile_body(f, &data)) > 0)
		session_body(j->session, data, len);
}

/* An ignored client: the session has let go of the message at once. */
static void
judge_exempt(struct judge *j)
{
	j->exempt = (struct evidence){
		.client = j->client,
		.client_name = "",
		.helo = j->helo,
		.host_name = "",
		.mail_from = j->mail_from,
		.queue_id = "NOQUEUE",
		.exemption = EXEMPT_IGNORED_CLIENT,
		.spf = { .domain = "" },
		.from = { .status = FROM_MISSING, .domain = "" },
	};
	j->exempt_verdict = verdict_decide(j->parts->config, &j->exempt);
	j->exempt_actions = (struct actions){ .action = j->exempt_verdict.action };
	j->judged.ev = &j->exempt;
	j->judged.verdict = &j->exempt_verdict;
	j->judged.actions = &j->exempt_actions;
}

static void
judge(struct judge *j, const struct judge_options *o, struct mailfile *f)
{
	struct judged *to = &j->judged;

	j->session = session_new(j->store, j->client, NULL, NULL);
	session_mta(j->session, o->mta != NULL ? o->mta : "Postfix");
	session_clock(j->session, o->time);
	session_helo(j->session, j->helo);
	if (session_mail(j->session, j->mail_from, o->queue_id) == SESSION_ACCEPT) {
		judge_exempt(j);
		return;
	}
	transmit(j, o->queue_id, f);
	to->actions = session_end(j->session);
	to->ev = session_evidence(j->session);
	to->verdict = session_verdict(j->session);
	to->reason = judged_json_reason(to->ev, j->pool);
	if (to->ev->exemption == EXEMPT_NO)
		to->reply = reply_make(to->config, to->ev, to->verdict, j->pool);
	to->takes_override = parts_takes_override(j->parts, to->ev->from.domain);
	to->facts =
	    detail_questions(session_questions(j->session), j->pool, &to->fact_count);
}

struct judge *
judge_message(struct parts_store *store, const struct judge_options *options,
    const struct mailfile_place *place, const char *name, char *why, size_t whysize)
{
	struct mailfile *f = mailfile_open(place, why, whysize);
	struct pool *pool;
	struct judge *j;
	bool failed;

	if (f == NULL)
		return NULL;
	pool = pool_new();
	j = pool_alloc(pool, sizeof *j);
	j->pool = pool;
	j->store = store;
	j->parts = parts_get(store);
	j->client.family = IP_UNKNOWN;
	j->helo = j->mail_from = "";
	j->judged.file = name;
	j->judged.config = j->parts->config;
	j->judged.force = options->force;
	identify(j, options, f);
	judge(j, options, f);
	failed = mailfile_failed(f);
	mailfile_close(f);
	if (!failed)
		return j;
	snprintf(why, whysize, "%s", _("cannot be read to its end"));
	judge_free(j);
	return NULL;
}

const struct judged *
judge_outcome(const struct judge *j)
{
	return &j->judged;
}

void
judge_free(struct judge *j)
{
	struct pool *pool;

	if (j == NULL)
		return;
	session_free(j->session);
	parts_put(j->store, j->parts);
	pool = j->pool;
	pool_free(pool);
}
