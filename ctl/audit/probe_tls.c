#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "ctl/audit/ffdhe.h"
#include "ctl/audit/hello.h"
#include "ctl/audit/hello_reader.h"
#include "ctl/audit/knock.h"
#include "ctl/audit/ncsc.h"
#include "ctl/audit/probe_tls.h"
#include "ctl/audit/tls_suite.h"
#include "ctl/smtp.h"
#include "ctl/stream.h"
#include "ctl/text.h"

#define HELLO_MS 15000
#define CHUNK_OCTETS 16384
#define OWN_CURVE 0xff01 /* RFC 8422 section 5.1.1: written out, in place of a name */

/* A server under way. */
struct asking {
	struct knock *k;
	struct probed_address *to;
	struct probed_tls *tls;
	struct hello_offer offer;
	uint16_t suites[TLS_SUITES_MAX];
	bool over; /* no further connection */
};

/* Add ${code} to a list of ${max}, if it is new and there is room. */
static void
add(uint16_t *list, size_t *count, size_t max, uint16_t code)
{
	for (size_t i = 0; i < *count; i++) {
		if (list[i] == code)
			return;
	}
	if (*count < max)
		list[(*count)++] = code;
}

#define ADD(list, count, code) add(list, count, sizeof(list) / sizeof *(list), code)

static void
take_suite(struct probed_tls *tls, uint16_t suite)
{
	switch (ncsc_suite(suite)) {
	case NCSC_INSUFFICIENT:
		ADD(tls->bad, &tls->bad_count, suite);
		return;
	case NCSC_PHASE_OUT:
		ADD(tls->phase_out, &tls->phase_out_count, suite);
		return;
	default:
		ADD(tls->suites, &tls->suite_count, suite);
	}
}

static void
take_exchange(struct probed_tls *tls, const struct hello_answer *a)
{
	uint16_t group = a->own_curve ? OWN_CURVE : a->group;

	if (a->prime_bits > 0)
		group = ffdhe_group(a->prime, a->prime_octets);
	if (group != 0)
		ADD(tls->groups, &tls->group_count, group);
	else if (a->prime_bits > 0)
		tls->dh_bits =
		    (uint16_t)(a->prime_bits < UINT16_MAX ? a->prime_bits : UINT16_MAX);
	if (a->signature != 0 && ncsc_signature(a->signature) != NCSC_GOOD)
		ADD(tls->signatures, &tls->signature_count, a->signature);
}

static void
take(struct asking *q, const struct hello_answer *a)
{
	struct probed_tls *tls = q->tls;

	ADD(tls->versions, &tls->version_count, a->version);
	take_suite(tls, a->suite);
	take_exchange(tls, a);
	if (a->version != HELLO_TLS_1_2)
		return;
	tls->modern_known = true;
	tls->compression = tls->compression || a->compression != 0;
	tls->no_extended_secret = tls->no_extended_secret || !a->extended_master_secret;
	tls->insecure_renegotiation =
	    tls->insecure_renegotiation || !a->secure_renegotiation;
}

/* It is small: a new connection has room for it. */
static bool
send_hello(struct asking *q, int fd)
{
	uint8_t octets[HELLO_OCTETS_MAX];
	size_t len;

	if (getrandom(q->offer.random, sizeof q->offer.random, 0) == -1)
		return false;
	len = hello_write(&q->offer, octets, sizeof octets);
	return len > 0 && send(fd, octets, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* False: no more time. */
static bool
read_answer(struct hello_reader *reader, int fd, const struct timespec *until)
{
	uint8_t chunk[CHUNK_OCTETS];
	enum hello_state state = HELLO_MORE;
	ssize_t n;

	while (state == HELLO_MORE) {
		if (!stream_wait(fd, POLLIN, until))
			return false;
		n = recv(fd, chunk, sizeof chunk, 0);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return true; /* who closes agrees to nothing */
		state = hello_reader_take(reader, chunk, (size_t)n);
	}
	return true;
}

static void
stop(struct asking *q, const char *phrase, const char *words)
{
	q->over = true;
	q->to->stopped = phrase;
	q->to->stopped_words = words;
}

/*
 * One hello on a connection of its own; did the server agree to it?  What it chose goes
 * into what is known, and is *chosen, but for the prime, which is gone.
 */
static bool
ask(struct asking *q, struct hello_answer *chosen)
{
	struct knock_answer a;
	struct hello_reader *reader;
	struct timespec until;
	const struct hello_answer *answer;
	bool agreed;

	if (q->over)
		return false;
	a = knock_begin(q->k);
	if (a.end != PROBED_TLS) {
		stop(q, a.phrase != NULL ? a.phrase : N_("it no longer offered STARTTLS"),
		    a.words);
		return false;
	}
	reader = hello_reader_new(&q->offer);
	answer = hello_reader_answer(reader);
	until = knock_until(q->k, &a, HELLO_MS);
	if (send_hello(q, smtp_socket(a.smtp)) &&
	    !read_answer(reader, smtp_socket(a.smtp), &until) && !answer->has_hello)
		stop(q, N_("it did not answer in time"), NULL);
	knock_end(q->k, &a);
	agreed = answer->has_hello;
	if (agreed)
		take(q, answer);
	if (agreed && chosen != NULL)
		*chosen = *answer;
	hello_reader_free(reader);
	return agreed;
}

/* What is asked for next: a version, suites of some levels, the usual groups. */
static void
prepare(struct asking *q, uint16_t version)
{
	const char *host = q->offer.host;

	q->offer = (struct hello_offer){
		.version = version,
		.suites = { q->suites, 0 },
		.groups = ncsc_ask(NCSC_ASK_GROUPS),
		.signatures = ncsc_ask(NCSC_ASK_SIGNATURES),
		.host = host,
	};
}

static void
add_suites(struct asking *q, enum ncsc_level level)
{
	uint16_t list[TLS_SUITES_MAX];
	size_t n = ncsc_ask_suites(level, list);

	for (size_t i = 0; i < n; i++)
		q->suites[q->offer.suites.count++] = list[i];
}

/* Those alone that sign what they send; of curves, or of primes too. */
static void
keep_signed(struct asking *q, bool primes)
{
	size_t kept = 0;

	for (size_t i = 0; i < q->offer.suites.count; i++) {
		enum tls_suite_exchange exchange = tls_suite_exchange(q->suites[i]);

		if (exchange == TLS_SUITE_ECDHE || (primes && exchange == TLS_SUITE_DHE))
			q->suites[kept++] = q->suites[i];
	}
	q->offer.suites.count = kept;
}

static void
strike_off(struct asking *q, uint16_t suite)
{
	size_t kept = 0;

	for (size_t i = 0; i < q->offer.suites.count; i++) {
		if (q->suites[i] != suite)
			q->suites[kept++] = q->suites[i];
	}
	q->offer.suites.count = kept;
}

/* Up to TLS 1.1: none of them is good, so each that answers is asked for the next. */
static void
ask_old(struct asking *q)
{
	struct hello_answer chosen = { .version = HELLO_TLS_1_2 };

	while (chosen.version > HELLO_SSL_3_0) {
		prepare(q, (uint16_t)(chosen.version - 1));
		add_suites(q, NCSC_INSUFFICIENT);
		if (!ask(q, &chosen))
			break;
	}
	q->tls->old_known = !q->over;
}

/* Suites of a level one by one, ${max} at most.  False: there may be more. */
static bool
ask_each(struct asking *q, enum ncsc_level level, size_t max, bool *known)
{
	struct hello_answer chosen;
	size_t agreed = 0;

	prepare(q, HELLO_TLS_1_2);
	add_suites(q, level);
	while (agreed < max && ask(q, &chosen)) {
		size_t before = q->offer.suites.count;

		agreed++;
		strike_off(q, chosen.suite);
		if (q->offer.suites.count == before)
			break; /* that was not offered: it will say so for ever */
	}
	*known = !q->over;
	return agreed < max;
}

static void
ask_good(struct asking *q)
{
	prepare(q, HELLO_TLS_1_2);
	add_suites(q, NCSC_SUFFICIENT);
	q->offer.compression = true;
	ask(q, NULL);
}

/* Does it go by our order, which has the worse first? */
static void
ask_order(struct asking *q)
{
	struct hello_answer chosen;

	if (q->tls->phase_out_count == 0 || q->over)
		return;
	prepare(q, HELLO_TLS_1_2);
	add_suites(q, NCSC_PHASE_OUT);
	add_suites(q, NCSC_SUFFICIENT);
	if (!ask(q, &chosen))
		return;
	q->tls->order_known = q->tls->suite_count > 0;
	q->tls->order_wrong = ncsc_suite(chosen.suite) == NCSC_PHASE_OUT;
}

static void
ask_weak(struct asking *q)
{
	prepare(q, HELLO_TLS_1_2);
	add_suites(q, NCSC_SUFFICIENT);
	add_suites(q, NCSC_PHASE_OUT);
	add_suites(q, NCSC_INSUFFICIENT);
	keep_signed(q, false);
	q->offer.groups = ncsc_ask(NCSC_ASK_GROUPS_WEAK);
	ask(q, NULL);
	q->tls->groups_known = !q->over;

	prepare(q, HELLO_TLS_1_2);
	add_suites(q, NCSC_SUFFICIENT);
	add_suites(q, NCSC_PHASE_OUT);
	add_suites(q, NCSC_INSUFFICIENT);
	keep_signed(q, true);
	q->offer.signatures = ncsc_ask(NCSC_ASK_SIGNATURES_WEAK);
	ask(q, NULL);
	q->tls->signatures_known = !q->over;
}

static void
ask_hybrid(struct asking *q)
{
	const struct hello_codes suites = ncsc_ask(NCSC_ASK_SUITES_1_3);

	prepare(q, HELLO_TLS_1_3);
	q->offer.suites = suites;
	q->offer.groups = ncsc_ask(NCSC_ASK_GROUPS_HYBRID);
	q->tls->hybrid = ask(q, NULL);
	q->tls->hybrid_known = !q->over;
}

void
probe_tls(struct knock *k, const char *host, struct probed_address *to)
{
	struct asking q = {
		.k = k,
		.to = to,
		.tls = &to->tls,
		.offer = { .host = host },
	};

	if (to->plain.end == PROBED_HANDSHAKE_DONE) {
		ADD(q.tls->versions, &q.tls->version_count, to->plain.version);
		take_suite(q.tls, to->plain.suite);
		if (to->plain.group != 0)
			ADD(q.tls->groups, &q.tls->group_count, to->plain.group);
	}
	ask_old(&q);
	ask_good(&q);
	q.tls->bad_more =
	    !ask_each(&q, NCSC_INSUFFICIENT, PROBED_BAD_MAX, &q.tls->bad_known);
	q.tls->phase_out_more =
	    !ask_each(&q, NCSC_PHASE_OUT, PROBED_PHASE_OUT_MAX, &q.tls->phase_out_known);
	ask_order(&q);
	ask_weak(&q);
	ask_hybrid(&q);
}
