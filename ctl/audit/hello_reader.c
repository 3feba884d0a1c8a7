#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/audit/hello_reader.h"
#include "ctl/audit/tls_suite.h"
#include "ctl/text.h"

#define RECORD_HEAD 5
#define RECORD_MAX 16384 /* RFC 5246 section 6.2.1: nothing is encrypted yet */
#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22
#define ALERT_OCTETS 2
#define ALERT_WARNING 1
#define ALERT_FATAL 2
#define ALERT_CLOSE 0
#define WARNINGS_MAX 4

#define MESSAGE_HEAD 4
#define MESSAGE_MAX 16384 /* of those that we read */
#define HELLO_REQUEST 0
#define SERVER_HELLO 2
#define CERTIFICATE 11
#define SERVER_KEY_EXCHANGE 12
#define CERTIFICATE_REQUEST 13
#define SERVER_HELLO_DONE 14
#define CERTIFICATE_STATUS 22

#define RANDOM_OCTETS 32
#define SESSION_MAX 32
#define COMPRESSION_DEFLATE 1
#define NAMED_CURVE 3
#define EXTENSION_MASTER_SECRET 23
#define EXTENSION_VERSIONS 43
#define EXTENSION_KEY_SHARE 51
#define EXTENSION_RENEGOTIATION 0xff01

/* RFC 8446 section 4.1.3: the random of a HelloRetryRequest. */
static const uint8_t retry[RANDOM_OCTETS] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61,
	0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16,
	0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };

struct hello_reader {
	const struct hello_offer *offer;
	struct hello_answer answer;
	enum hello_state state;
	size_t total;
	unsigned warnings;
	/* the record under way */
	uint8_t record[RECORD_HEAD];
	size_t record_head, record_left;
	uint8_t alert[ALERT_OCTETS];
	/* the message under way, which may begin and end within a record */
	uint8_t head[MESSAGE_HEAD];
	size_t head_len, message_left;
	uint8_t body[MESSAGE_MAX];
	size_t body_len;
};

/* What is left of a message.  Beyond its end all is zero, and it is not good. */
struct cursor {
	const uint8_t *at;
	size_t left;
	bool good;
};

static struct cursor
take(struct cursor *c, size_t octets)
{
	struct cursor taken = { c->at, octets, c->good };

	if (octets > c->left) {
		c->good = false;
		return (struct cursor){ c->at, 0, false };
	}
	c->at += octets;
	c->left -= octets;
	return taken;
}

static unsigned
number(struct cursor *c, size_t octets)
{
	struct cursor taken = take(c, octets);
	unsigned value = 0;

	for (size_t i = 0; i < taken.left; i++)
		value = value << 8 | taken.at[i];
	return value;
}

/* As many octets as the number before them says. */
static struct cursor
vector(struct cursor *c, size_t octets)
{
	return take(c, number(c, octets));
}

static void
broken(struct hello_reader *r, const char *wrong)
{
	r->state = HELLO_BROKEN;
	r->answer.wrong = wrong;
}

static bool
has_code(struct hello_codes codes, unsigned code)
{
	for (size_t i = 0; i < codes.count; i++) {
		if (codes.codes[i] == code)
			return true;
	}
	return false;
}

/* ServerHello */

struct chosen {
	struct hello_answer answer;
	bool has_versions, has_share;
};

/* False: it is malformed, or stands twice. */
static bool
take_extension(struct chosen *s, unsigned type, struct cursor data)
{
	struct hello_answer *a = &s->answer;
	bool first = true;

	switch (type) {
	case EXTENSION_MASTER_SECRET:
		first = !a->extended_master_secret;
		a->extended_master_secret = true;
		break;
	case EXTENSION_RENEGOTIATION:
		first = !a->secure_renegotiation;
		a->secure_renegotiation = true;
		vector(&data, 1);
		break;
	case EXTENSION_VERSIONS:
		first = !s->has_versions;
		s->has_versions = true;
		a->version = (uint16_t)number(&data, 2);
		break;
	case EXTENSION_KEY_SHARE:
		first = !s->has_share;
		s->has_share = true;
		a->group = (uint16_t)number(&data, 2);
		if (!a->is_retry)
			vector(&data, 2);
		break;
	default:
		return true;
	}
	return first && data.good && data.left == 0;
}

static bool
take_extensions(struct chosen *s, struct cursor *c)
{
	struct cursor all = vector(c, 2);

	while (all.good && all.left > 0) {
		unsigned type = number(&all, 2);
		struct cursor data = vector(&all, 2);

		if (!all.good || !take_extension(s, type, data))
			return false;
	}
	return all.good;
}

/* What was chosen must have been offered: NULL, or what was not. */
static const char *
unoffered(const struct hello_offer *offer, const struct chosen *s)
{
	const struct hello_answer *a = &s->answer;
	bool is_newest = offer->version >= HELLO_TLS_1_3;

	if (s->has_versions != is_newest || a->version > offer->version ||
	    a->version < (is_newest ? HELLO_TLS_1_3 : HELLO_SSL_3_0))
		return N_("the server chose a version of TLS that was not offered");
	if (!has_code(offer->suites, a->suite))
		return N_("the server chose a cipher suite that was not offered");
	if (a->compression > (offer->compression && !is_newest ? COMPRESSION_DEFLATE : 0))
		return N_("the server chose a compression method that was not offered");
	return NULL;
}

static void
read_hello(struct hello_reader *r)
{
	struct cursor c = { r->body, r->body_len, true };
	struct chosen s = { .answer = r->answer };
	struct cursor random, session;
	bool sound;

	s.answer.version = (uint16_t)number(&c, 2);
	random = take(&c, RANDOM_OCTETS);
	s.answer.is_retry = r->offer->version >= HELLO_TLS_1_3 && random.good &&
			    memcmp(random.at, retry, sizeof retry) == 0;
	session = vector(&c, 1);
	s.answer.suite = (uint16_t)number(&c, 2);
	s.answer.compression = (uint8_t)number(&c, 1);
	/* RFC 5246 section 7.4.1.3: there may be none at all. */
	sound = c.good && (c.left == 0 || take_extensions(&s, &c));
	if (!sound || !c.good || c.left > 0 || session.left > SESSION_MAX) {
		broken(r, N_("the ServerHello is malformed"));
		return;
	}
	if (unoffered(r->offer, &s) != NULL) {
		broken(r, unoffered(r->offer, &s));
		return;
	}
	s.answer.has_hello = true;
	r->answer = s.answer;
	if (s.answer.version >= HELLO_TLS_1_3 ||
	    tls_suite_exchange(s.answer.suite) == TLS_SUITE_OTHER)
		r->state = HELLO_CHOSEN;
}

/* ServerKeyExchange */

/* RFC 8422 section 5.4.  False: what follows cannot be read. */
static bool
take_curve(struct hello_answer *a, struct cursor *c)
{
	if (number(c, 1) != NAMED_CURVE) {
		a->own_curve = c->good;
		return false;
	}
	a->group = (uint16_t)number(c, 2);
	if (vector(c, 1).left == 0)
		c->good = false;
	return c->good;
}

/* RFC 5246 section 7.4.3 */
static bool
take_prime(struct hello_answer *a, struct cursor *c)
{
	struct cursor prime = vector(c, 2), generator = vector(c, 2),
		      share = vector(c, 2);

	if (generator.left == 0 || share.left == 0)
		c->good = false;
	while (prime.left > 0 && *prime.at == 0)
		take(&prime, 1);
	if (!c->good || prime.left == 0)
		return c->good = false;
	a->prime = prime.at;
	a->prime_octets = prime.left;
	a->prime_bits = (unsigned)prime.left * 8;
	for (unsigned top = *prime.at; top < 0x80; top <<= 1)
		a->prime_bits--;
	return true;
}

static void
read_exchange(struct hello_reader *r)
{
	struct cursor c = { r->body, r->body_len, true };
	struct hello_answer a = r->answer;
	enum tls_suite_exchange exchange = tls_suite_exchange(a.suite);
	bool is_curve = exchange == TLS_SUITE_ECDHE || exchange == TLS_SUITE_ECDHE_ANON;
	bool is_signed = exchange == TLS_SUITE_ECDHE || exchange == TLS_SUITE_DHE;

	if ((is_curve ? take_curve(&a, &c) : take_prime(&a, &c)) && is_signed) {
		if (a.version >= HELLO_TLS_1_2)
			a.signature = (uint16_t)number(&c, 2);
		vector(&c, 2);
	}
	if (!c.good || (c.left > 0 && !a.own_curve)) {
		broken(r, N_("the ServerKeyExchange is malformed"));
		return;
	}
	a.has_exchange = true;
	r->answer = a;
	r->state = HELLO_CHOSEN;
}

/* Messages */

static bool
is_read(unsigned type)
{
	return type == SERVER_HELLO || type == SERVER_KEY_EXCHANGE;
}

/* May it stand here?  RFC 5246 section 7.4 has what may follow, and in which order. */
static bool
is_expected(const struct hello_reader *r, unsigned type, size_t len)
{
	switch (type) {
	case HELLO_REQUEST:
	case SERVER_HELLO_DONE:
		return len == 0 && (type == HELLO_REQUEST || r->answer.has_hello);
	case SERVER_HELLO:
		return !r->answer.has_hello;
	case CERTIFICATE:
	case CERTIFICATE_STATUS:
	case SERVER_KEY_EXCHANGE:
	case CERTIFICATE_REQUEST:
		return r->answer.has_hello;
	default:
		return false;
	}
}

static void
end_message(struct hello_reader *r)
{
	unsigned type = r->head[0];

	r->head_len = 0;
	if (type == SERVER_HELLO)
		read_hello(r);
	else if (type == SERVER_KEY_EXCHANGE)
		read_exchange(r);
	else if (type == SERVER_HELLO_DONE)
		r->state = HELLO_CHOSEN;
}

static void
begin_message(struct hello_reader *r)
{
	struct cursor c = { r->head, sizeof r->head, true };
	unsigned type = number(&c, 1);

	r->message_left = number(&c, 3);
	r->body_len = 0;
	if (!is_expected(r, type, r->message_left))
		broken(r, N_("the server sent a message that does not belong there"));
	else if (is_read(type) && r->message_left > sizeof r->body)
		broken(r, N_("the server sent a message that is too long"));
	else if (r->message_left == 0)
		end_message(r);
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* As much of a record as belongs to one message; how much that was. */
static size_t
take_handshake(struct hello_reader *r, const uint8_t *octets, size_t len)
{
	size_t n;

	if (r->head_len < sizeof r->head) {
		r->head[r->head_len++] = *octets;
		if (r->head_len == sizeof r->head)
			begin_message(r);
		return 1;
	}
	n = smaller(len, r->message_left);
	if (is_read(r->head[0])) {
		memcpy(r->body + r->body_len, octets, n);
		r->body_len += n;
	}
	r->message_left -= n;
	if (r->message_left == 0)
		end_message(r);
	return n;
}

/* Alerts */

/* A warning goes on (RFC 5246 section 7.2), but not for ever. */
static void
end_alert(struct hello_reader *r)
{
	unsigned level = r->alert[0];

	r->answer.has_alert = true;
	r->answer.alert = r->alert[1];
	if (level != ALERT_WARNING && level != ALERT_FATAL)
		broken(r, N_("the server sent an alert of an unknown level"));
	else if (level == ALERT_FATAL || r->answer.alert == ALERT_CLOSE)
		r->state = HELLO_REFUSED;
	else if (++r->warnings > WARNINGS_MAX)
		broken(r, N_("the server sent too many warnings"));
}

/* Records */

static void
begin_record(struct hello_reader *r)
{
	struct cursor c = { r->record, sizeof r->record, true };
	unsigned type = number(&c, 1);
	unsigned version = number(&c, 2);

	r->record_left = number(&c, 2);
	if ((type != RECORD_HANDSHAKE && type != RECORD_ALERT) || version >> 8 != 3)
		broken(r, N_("what the server sent is not TLS"));
	else if (r->record_left == 0 || r->record_left > RECORD_MAX ||
		 (type == RECORD_ALERT && r->record_left != ALERT_OCTETS))
		broken(r, N_("the server sent a record with a wrong length"));
}

/* What belongs to the record that is under way, or to the head of the next; how much. */
static size_t
take_record(struct hello_reader *r, const uint8_t *octets, size_t len)
{
	size_t n = 1;

	if (r->record_head < sizeof r->record) {
		r->record[r->record_head++] = *octets;
		if (r->record_head == sizeof r->record)
			begin_record(r);
		return n;
	}
	if (r->record[0] == RECORD_HANDSHAKE)
		n = take_handshake(r, octets, smaller(len, r->record_left));
	else
		r->alert[ALERT_OCTETS - r->record_left] = *octets;
	r->record_left -= n;
	if (r->record_left > 0)
		return n;
	r->record_head = 0;
	if (r->record[0] == RECORD_ALERT)
		end_alert(r);
	return n;
}

enum hello_state
hello_reader_take(struct hello_reader *reader, const uint8_t *octets, size_t len)
{
	while (reader->state == HELLO_MORE && len > 0) {
		size_t n = take_record(reader, octets, len);

		octets += n;
		len -= n;
		reader->total += n;
		if (reader->state == HELLO_MORE && reader->total >= HELLO_READER_MAX)
			broken(reader, N_("the server does not stop sending"));
	}
	return reader->state;
}

const struct hello_answer *
hello_reader_answer(const struct hello_reader *reader)
{
	return &reader->answer;
}

struct hello_reader *
hello_reader_new(const struct hello_offer *offer)
{
	struct hello_reader *reader = mem_alloc(sizeof *reader);

	reader->offer = offer;
	return reader;
}

void
hello_reader_free(struct hello_reader *reader)
{
	free(reader);
}
