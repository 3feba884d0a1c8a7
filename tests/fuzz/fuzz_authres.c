/*
 * What we write is one well-formed field that says what the evidence says, whatever
 * octets came from outside; what a strict reader takes for ours is recognised.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "authres_reader.h"
#include "base/pool.h"
#include "mail/address.h"
#include "mail/authres.h"
#include "mail/authres_id.h"
#include "mail/evidence.h"
#include "mail/lexeme.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUR_ID "mx.nl"

/* The input as a row of short strings and small numbers. */
struct input {
	const uint8_t *p, *end;
	struct pool *pool;
};

static unsigned
number(struct input *in, unsigned below)
{
	return in->p < in->end ? *in->p++ % below : 0;
}

static const char *
text(struct input *in)
{
	const uint8_t *end = memchr(in->p, '\0', (size_t)(in->end - in->p));
	const char *got;

	if (end == NULL)
		end = in->end;
	got = pool_strndup(in->pool, (const char *)in->p, (size_t)(end - in->p));
	in->p = end < in->end ? end + 1 : end;
	return got;
}

static const char *
text_or_null(struct input *in)
{
	return number(in, 2) ? text(in) : NULL;
}

static struct spf_evidence
spf(struct input *in)
{
	return (struct spf_evidence){
		.result = number(in, SPF_PERMERROR + 1),
		.scope = number(in, 2),
		.dns_sec = number(in, 3),
		.reason = text_or_null(in),
		.domain = text(in),
	};
}

static struct dkim_evidence
dkim(struct input *in)
{
	return (struct dkim_evidence){
		.result = number(in, DKIM_PERMERROR + 1),
		.dns_sec = number(in, 3),
		.reason = text_or_null(in),
		.domain = text(in),
		.selector = text(in),
		.algorithm = text(in),
		.b_start = text(in),
	};
}

static struct dmarc_evidence
dmarc(struct input *in)
{
	return (struct dmarc_evidence){
		.result = number(in, DMARC_PERMERROR + 1),
		.policy_known = number(in, 2),
		.policy = number(in, 3),
		.published = number(in, 3),
		.tag = number(in, 3),
		.dns_sec = number(in, 3),
		.reason = text_or_null(in),
	};
}

/* One field: no CR, and every LF a fold with something behind it. */
static void
check_lines(const char *field)
{
	const char *line = field;

	must(field[0] == ' ' && strchr(field, '\r') == NULL);
	for (const char *p = field; *p != '\0'; p++) {
		must((unsigned char)*p >= 0x20 || *p == '\n');
		must((unsigned char)*p < 0x7f);
		if (*p != '\n')
			continue;
		must(p[1] == ' ' && p[2] > ' ');
		must(p - line <= 998);
		line = p + 1;
	}
	must(strlen(line) <= 998);
}

/* A value from outside: shown as it is, as A-labels, or not at all. */
static void
check_value(const struct authres_reader_method *method, const char *name,
    const char *value, struct pool *pool)
{
	const char *shown = authres_reader_property(method, name);

	if (shown == NULL || strcmp(shown, value) == 0)
		return;
	value = address_domain(value, strlen(value), pool);
	must(value != NULL && strcmp(shown, value) == 0);
}

static void
check_spf(const struct authres_reader_method *method, const struct spf_evidence *ev,
    struct pool *pool)
{
	const bool helo = ev->scope == SPF_HELO;

	must(strcmp(method->method, "spf") == 0);
	must(method->reason == NULL || ev->result != SPF_PASS);
	must(strcmp(method->result, evidence_spf_name(ev->result)) == 0);
	must(method->property_count <= 2);
	check_value(method, helo ? "smtp.helo" : "smtp.mailfrom", ev->domain, pool);
	must(authres_reader_property(method, helo ? "smtp.mailfrom" : "smtp.helo") ==
	     NULL);
}

static void
check_dkim(const struct authres_reader_method *method, const struct dkim_evidence *ev,
    struct pool *pool)
{
	must(strcmp(method->method, "dkim") == 0);
	must(method->reason == NULL || ev->result != DKIM_PASS);
	must(strcmp(method->result, evidence_dkim_name(ev->result)) == 0);
	must(method->property_count <= 5);
	check_value(method, "header.d", ev->domain, pool);
	check_value(method, "header.s", ev->selector, pool);
	check_value(method, "header.a", ev->algorithm, pool);
	check_value(method, "header.b", ev->b_start, pool);
}

/* How many signatures the field leaves out by its own count. */
static size_t
left_out(const char *field, struct pool *pool)
{
	char *unfolded = pool_strdup(pool, field), *to = unfolded, *count;

	for (; *field != '\0'; field++)
		if (*field != '\n')
			*to++ = *field;
	*to = '\0';
	count = strrchr(unfolded, '(');
	if (to[-1] != ')' || strstr(count, " more signatures)") == NULL)
		return 0;
	return strtoul(count + 1, NULL, 10);
}

static void
check_writer(struct input *in)
{
	static const char *const dispositions[] = { "none", "quarantine", "reject" };
	const char *id = number(in, 2) ? text(in) : OUR_ID, *field;
	struct authres_outcome outcome = { .disposition = dispositions[number(in, 3)],
		.would = text_or_null(in),
		.rule = text_or_null(in),
		.reason = text_or_null(in) };
	struct evidence ev = { .spf = spf(in), .dmarc = dmarc(in) };
	struct dkim_evidence signatures[3];
	const struct authres_reading *reading;
	const struct authres_reader_method *method;
	size_t counted;

	ev.has_spf_helo = number(in, 2);
	if (ev.has_spf_helo)
		ev.spf_helo = spf(in);
	ev.from = (struct from_evidence){ .domain = text(in) };
	ev.dkim = signatures;
	ev.dkim_count = number(in, 4);
	for (size_t i = 0; i < ev.dkim_count; i++)
		signatures[i] = dkim(in);

	field = authres_format(id, &ev, &outcome, in->pool);
	check_lines(field);
	must(strlen(field) <= AUTHRES_MAX + AUTHRES_COUNT_MAX);
	reading = authres_reader_read(field, in->pool);
	must(reading != NULL && reading->version == NULL);
	counted = left_out(field, in->pool);
	must(reading->count + counted ==
	     2 + ev.has_spf_helo + (ev.dkim_count > 0 ? ev.dkim_count : 1));
	if (strcmp(reading->id, "unknown") != 0)
		must(authres_id_claims(field, id, NULL));
	method = reading->methods;
	must(strcmp(method->method, "dmarc") == 0);
	must(strcmp(method->result, evidence_dmarc_name(ev.dmarc.result)) == 0);
	check_value(method++, "header.from", ev.from.domain, in->pool);
	check_spf(method++, &ev.spf, in->pool);
	if (ev.has_spf_helo)
		check_spf(method++, &ev.spf_helo, in->pool);
	for (size_t i = 0; counted == 0 && i < ev.dkim_count; i++)
		check_dkim(method++, &signatures[i], in->pool);
	if (ev.dkim_count == 0)
		must(strcmp(method->method, "dkim") == 0 &&
		     strcmp(method->result, "none") == 0);
}

static void
check_received_spf(struct input *in)
{
	struct evidence ev = { .spf = spf(in) };

	ev.helo = text(in);
	ev.mail_from = text(in);
	check_lines(authres_received_spf(text(in), &ev, in->pool));
}

static void
check_recogniser(const char *value, struct pool *pool)
{
	const struct authres_reading *reading = authres_reader_read(value, pool);
	const bool claims = authres_id_claims(value, OUR_ID, NULL);
	const char *domain;

	if (reading == NULL)
		return;
	domain = address_domain(reading->id, strlen(reading->id), pool);
	if (strcasecmp(reading->id, OUR_ID) == 0 ||
	    (domain != NULL && strcmp(domain, OUR_ID) == 0))
		must(claims);
	else if (domain != NULL && lexeme_is_ascii(value, strlen(value)))
		must(!claims);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct input in = { data, data + size, pool };

	check_recogniser(pool_strndup(pool, (const char *)data, size), pool);
	check_writer(&in);
	in.p = data;
	check_received_spf(&in);
	pool_free(pool);
	return 0;
}
