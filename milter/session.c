#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "account.h"
#include "base/day.h"
#include "base/deadline.h"
#include "base/hostname.h"
#include "base/mem.h"
#include "base/netlist.h"
#include "base/pool.h"
#include "check/dkim.h"
#include "check/dmarc.h"
#include "check/dmarc_list.h"
#include "check/dmarc_vouch.h"
#include "check/prefetch.h"
#include "check/spf.h"
#include "config/config.h"
#include "detail.h"
#include "dns/questions.h"
#include "expiry.h"
#include "forwarder.h"
#include "mail/address.h"
#include "mail/arc_seal.h"
#include "mail/evidence.h"
#include "mail/from_shape.h"
#include "mail/header.h"
#include "mail/received.h"
#include "mail/relay_results.h"
#include "parts.h"
#include "policy/actions.h"
#include "policy/verdict.h"
#include "proof.h"
#include "session.h"

/*
 * Longer than a domain can be, so that a HELO cut here is no domain and cannot pass
 * for another one.
 */
#define NAME_SIZE 512

/* Lives from MAIL to end of message; all in it lives in ${pool}. */
struct message {
	struct pool *pool;
	const struct parts *parts;
	struct questions *questions;
	struct header_list *headers;
	struct dkim_check *dkim;
	struct dmarc_check *dmarc;       /* NULL: no author, or not checked */
	const char *author;              /* domain of the first From, or NULL */
	struct from_evidence first_from; /* what it says if it is the only one */
	struct address sender;
	bool header_ended;
	struct timespec eoh; /* when the sender began to wait for us */
	struct evidence ev;
	struct verdict verdict;
	struct actions actions;
};

/*
 * Lives as long as the connection.  What a client can say any number of times
 * (HELO) is a buffer here, not pool memory.
 */
struct session {
	struct parts_store *store;
	struct ip client;
	char client_name[NAME_SIZE];
	char host_name[NAME_SIZE];
	char helo[NAME_SIZE];
	bool authenticated;
	bool postfix;
	bool proof;
	time_t clock;            /* 0: the real one */
	struct message *message; /* NULL between messages */
};

struct session *
session_new(struct parts_store *parts, struct ip client, const char *client_name,
    const char *host_name)
{
	struct session *s = mem_alloc(sizeof *s);
	char this_host[HOSTNAME_SIZE];

	if (host_name == NULL || *host_name == '\0')
		host_name = hostname_get(this_host);
	s->store = parts;
	s->client = client;
	snprintf(s->client_name, NAME_SIZE, "%s", client_name != NULL ? client_name : "");
	snprintf(s->host_name, NAME_SIZE, "%s", host_name);
	return s;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	session_abort(s);
	free(s);
}

void
session_helo(struct session *s, const char *name)
{
	snprintf(s->helo, NAME_SIZE, "%s", name);
}

void
session_authenticated(struct session *s, bool yes)
{
	s->authenticated = yes;
}

void
session_mta(struct session *s, const char *version)
{
	s->postfix = version != NULL && strncmp(version, "Postfix", 7) == 0;
}

bool
session_service(struct session *s, const char *daemon_name)
{
	s->proof = proof_is(daemon_name, &s->client);
	return s->proof;
}

void
session_clock(struct session *s, time_t now)
{
	s->clock = now;
}

static enum exemption
exemption_of(const struct session *s, const struct config *config)
{
	if (netlist_has(&config->ignore_hosts, &s->client))
		return EXEMPT_IGNORED_CLIENT;
	if (s->authenticated && config->ignore_authenticated_clients)
		return EXEMPT_AUTHENTICATED;
	return EXEMPT_NO;
}

/* Whose share of DNS lookups the message takes: our own relays speak for many. */
static uint64_t
network_of(const struct session *s, const struct config *config)
{
	return netlist_has(&config->trusted_relays, &s->client) ? 0
								: ip_network(&s->client);
}

static struct questions *
message_questions(const struct session *s, const struct parts *parts, struct pool *pool)
{
	struct questions_options options = { .trace = true,
		.on_demand = !parts->config->prefetch,
		.network = network_of(s, parts->config) };

	if (s->proof)
		options.apart = proof_zone_get(parts->proof_zone);
	return questions_new(parts->resolver, &options, pool);
}

/* The facts of MAIL.  Strings are copied: the MTA's are gone after the callback. */
static struct message *
message_new(const struct session *s, const char *mail_from, const char *queue_id)
{
	struct pool *pool = pool_new();
	struct message *m = pool_alloc(pool, sizeof *m);
	const struct config *config;

	m->pool = pool;
	m->parts = parts_get(s->store);
	config = m->parts->config;
	m->ev = (struct evidence){
		.client = s->client,
		.client_name = pool_strdup(pool, s->client_name),
		.helo = pool_strdup(pool, s->helo),
		.host_name = pool_strdup(pool, s->host_name),
		.mail_from = pool_strdup(pool, mail_from),
		.queue_id =
		    pool_strdup(pool, queue_id != NULL ? queue_id : EVIDENCE_NO_QUEUE),
		.exemption = exemption_of(s, config),
		.proof = s->proof,
		.received = s->clock != 0 ? s->clock : time(NULL),
		.spf = { .domain = "" },
		.from = { .status = FROM_MISSING, .domain = "" },
	};
	/* The time zone is behind a lock of the C library. */
	if (config->override_count > 0) {
		m->ev.day = day_local(m->ev.received);
		expiry_tell(m->parts, m->ev.day);
	}
	m->sender = address_reverse_path(m->ev.mail_from, pool);
	m->questions = message_questions(s, m->parts, pool);
	m->headers = header_list_new(pool,
	    (struct header_limits){ .bytes = (size_t)config->maximum_header_bytes,
		.fields = (size_t)config->maximum_headers },
	    config_authserv_id(config, s->host_name), &config->trusted_authserv_ids);
	m->headers->postfix = s->postfix;
	m->ev.headers = m->headers;
	return m;
}

/* Whom SPF checks (RFC 7208 section 2.4): with a null reverse-path postmaster@HELO. */
static struct spf_identity
mail_from_identity(const struct message *m, struct ip client, const char *helo)
{
	const struct evidence *ev = &m->ev;
	struct spf_identity identity = {
		.scope = m->sender.null ? SPF_HELO : SPF_MAILFROM,
		.client = client,
		.helo = helo,
		.local = m->sender.null ? "" : m->sender.local,
		.domain = m->sender.domain,
		.receiver = ev->host_name,
		.now = ev->received,
		.void_lookups_max = m->parts->config->spf_void_lookups,
	};

	if (m->sender.null)
		identity.domain = address_domain(helo, strlen(helo), m->pool);
	return identity;
}

enum session_next
session_mail(struct session *s, const char *mail_from, const char *queue_id)
{
	struct message *m;

	session_abort(s);
	m = s->message = message_new(s, mail_from, queue_id);
	if (m->ev.exemption == EXEMPT_IGNORED_CLIENT) {
		m->verdict = verdict_decide(m->parts->config, &m->ev);
		session_done(s);
		return SESSION_ACCEPT;
	}
	if (m->ev.exemption == EXEMPT_NO) {
		struct spf_identity identity =
		    mail_from_identity(m, m->ev.client, m->ev.helo);

		if (identity.domain != NULL)
			prefetch_spf(
			    m->questions, identity.domain, identity.client.family);
	}
	return SESSION_GO_ON;
}

/* The first From says which DMARC records will be wanted. */
static void
prefetch_author(struct message *m)
{
	m->first_from = header_author(m->headers, m->pool);
	if (*m->first_from.domain == '\0')
		return;
	m->author = m->first_from.domain;
	prefetch_dmarc(m->questions, &m->parts->dmarc, m->author);
}

/* Begun when it is wanted: the messages of exempt clients need none. */
static struct dkim_check *
dkim_of(struct message *m)
{
	if (m->dkim == NULL)
		m->dkim = dkim_check_begin(
		    m->parts->dkim, m->questions, m->ev.received, m->pool);
	return m->dkim;
}

void
session_header(struct session *s, const char *name, const char *value)
{
	struct message *m = s->message;
	size_t from_before;
	bool kept;

	if (m == NULL)
		return;
	from_before = m->headers->from_count;
	kept = header_list_add(m->headers, name, value);
	if (m->ev.exemption != EXEMPT_NO)
		return;
	if (kept)
		dkim_check_header(dkim_of(m), name, value);
	if (from_before == 0 && m->headers->from_count == 1)
		prefetch_author(m);
}

void
session_eoh(struct session *s, const char *queue_id)
{
	struct message *m = s->message;

	if (m == NULL)
		return;
	/* The sender waits for us from here on: Postfix hands over header and body only
	 * after the final dot, so a clock from MAIL would punish slow lines. */
	m->header_ended = true;
	clock_gettime(CLOCK_MONOTONIC, &m->eoh);
	questions_deadline(m->questions, m->parts->config->dns_timeout_ms);
	if (queue_id != NULL)
		m->ev.queue_id = pool_strdup(m->pool, queue_id);
	/* More forged results than can be taken away are a bad From, whoever logged in.
	 */
	if (m->headers->flood)
		m->ev.exemption = EXEMPT_NO;
	if (m->ev.exemption != EXEMPT_NO)
		return;
	if (m->headers->overflow)
		dkim_check_withhold(dkim_of(m), "header too large to be checked");
	dkim_check_eoh(dkim_of(m), m->author);
}

void
session_body(struct session *s, const unsigned char *data, size_t len)
{
	if (s->message != NULL && s->message->dkim != NULL)
		dkim_check_body(s->message->dkim, data, len);
}

/* SPF of MAIL FROM, as the first host outside our own relays is concerned. */
static void
check_spf(struct message *m)
{
	const struct config *config = m->parts->config;
	struct evidence *ev = &m->ev;
	struct ip client = ev->client;
	const char *helo = ev->helo;
	struct spf_identity identity;

	if (netlist_has(&config->trusted_relays, &ev->client)) {
		ev->relay =
		    received_first_hop(m->headers, &config->trusted_relays, m->pool);
		ev->relay.is_relay = true;
		client = ev->relay.found ? ev->relay.client
					 : (struct ip){ .family = IP_UNKNOWN };
		helo = ev->relay.found && ev->relay.helo != NULL ? ev->relay.helo : "";
	}
	identity = mail_from_identity(m, client, helo);
	ev->spf = spf_check(m->questions, &identity, m->pool);
	if (ev->relay.is_relay && !ev->relay.found)
		ev->spf.reason = ev->relay.reason;
	if (config->spf_check_helo) {
		identity.scope = SPF_HELO;
		identity.local = "";
		identity.domain = address_domain(helo, strlen(helo), m->pool);
		ev->spf_helo = spf_check(m->questions, &identity, m->pool);
		ev->has_spf_helo = true;
	}
}

/* What a relay of ours said before it changed the message (RelayResults). */
static void
take_relay_results(struct message *m)
{
	const struct config *config = m->parts->config;

	relay_results_take(&m->ev,
	    &(struct relay_results_options){ .id = config->relay_results_id,
		.strips = config->relay_results_strips,
		.trusted = &config->trusted_relays,
		.passes_max = (size_t)config->maximum_signatures },
	    m->pool);
}

/* A malformed From counts for its only domain once that is proven, and else for none. */
static void
prove_author(struct message *m)
{
	struct evidence *ev = &m->ev;
	enum dmarc_vouch vouch = dmarc_vouch(ev, m->parts->suffixes);
	bool passes = ev->dmarc.result == DMARC_PASS ||
		      (ev->dmarc.result == DMARC_NONE && vouch == DMARC_VOUCH_PASS);

	if (passes) {
		ev->from.reason = "From is malformed; its only domain passes";
	} else if (ev->dmarc.may_align ||
		   (ev->dmarc.result != DMARC_FAIL && vouch != DMARC_VOUCH_NONE)) {
		ev->dmarc.result = DMARC_TEMPERROR;
	} else {
		ev->from.status = FROM_MALFORMED;
		ev->from.domain = "";
	}
}

/* The author's policy first: its names are the only ones that no sender chooses. */
static void
check_all(struct message *m)
{
	struct evidence *ev = &m->ev;

	ev->from = m->first_from;
	if (m->headers->from_count != 1 || m->headers->flood)
		ev->from = header_author(m->headers, m->pool);
	if (evidence_has_author(ev)) {
		/* Under way since the From field, unless Prefetch is no. */
		prefetch_dmarc(m->questions, &m->parts->dmarc, ev->from.domain);
		m->dmarc = dmarc_check_begin(
		    m->questions, &m->parts->dmarc, ev->from.domain, m->pool);
	}
	check_spf(m);
	ev->dkim = dkim_check_end(m->dkim, &ev->dkim_count);
	take_relay_results(m);
	if (m->dmarc != NULL)
		ev->dmarc = dmarc_check_end(m->dmarc, ev);
	if (ev->dmarc.result == DMARC_FAIL)
		ev->list = dmarc_list_find(ev, m->parts->suffixes, m->pool);
	if (ev->from.status == FROM_MALFORMED_ONE_DOMAIN)
		prove_author(m);
	if (ev->from.status == FROM_MALFORMED && !ev->from.guarded && m->sender.null &&
	    from_shape_bounce(m->headers->from, &ev->from.bounce, m->pool))
		ev->from.status = FROM_NO_AUTHOR;
	if (!evidence_has_author(ev) && ev->from.status != FROM_NO_AUTHOR)
		ev->dmarc = (struct dmarc_evidence){ .result = DMARC_PERMERROR,
			.reason = ev->from.reason };
}

/* The way of every message: SPF, DKIM, DMARC, verdict, actions. */
const struct actions *
session_end(struct session *s)
{
	struct message *m = s->message;
	const struct config *config = m->parts->config;
	struct evidence *ev = &m->ev;

	if (!m->header_ended)
		session_eoh(s, NULL);
	if (ev->exemption == EXEMPT_NO)
		check_all(m);
	if (evidence_has_temperror(ev))
		ev->unanswered = detail_unanswered(m->questions, m->pool);
	m->verdict = forwarder_judge(m->parts, m->questions, m->dmarc, ev, m->pool);
	ev->wait_ms = deadline_ms_since(&m->eoh);
	if (verdict_touches(&m->verdict))
		ev->sealed = arc_seal_last(m->headers, m->pool);
	m->actions = actions_plan(config, ev, &m->verdict, m->pool);
	return &m->actions;
}

void
session_done(struct session *s)
{
	struct message *m = s->message;

	if (m == NULL)
		return;
	account_give(&(struct account){ .parts = m->parts,
	    .questions = m->questions,
	    .ev = &m->ev,
	    .verdict = &m->verdict,
	    .actions = &m->actions,
	    .pool = m->pool });
	session_abort(s);
}

void
session_abort(struct session *s)
{
	struct message *m = s->message;

	if (m == NULL)
		return;
	s->message = NULL;
	dkim_check_free(m->dkim);
	questions_free(m->questions);
	parts_put(s->store, m->parts);
	pool_free(m->pool);
}

const struct evidence *
session_evidence(const struct session *s)
{
	return s->message != NULL ? &s->message->ev : NULL;
}

const struct verdict *
session_verdict(const struct session *s)
{
	return s->message != NULL ? &s->message->verdict : NULL;
}

const struct questions *
session_questions(const struct session *s)
{
	return s->message != NULL ? s->message->questions : NULL;
}
