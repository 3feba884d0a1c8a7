#include <string.h>

#include "base/json_text.h"
#include "base/pool.h"
#include "ctl/audit/audit_json_host.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/ncsc.h"
#include "ctl/audit/tls_name.h"
#include "ctl/text.h"

/* Numbers of a kind, with names and levels. */
struct kind {
	const char *(*name)(uint16_t number, struct pool *pool);
	enum ncsc_level (*level)(uint16_t number);
};

static const struct kind versions = { tls_name_version, ncsc_version };
static const struct kind suites = { tls_name_suite, ncsc_suite };
static const struct kind groups = { tls_name_group, ncsc_group };
static const struct kind signatures = { tls_name_signature, ncsc_signature };

static void
put_numbers(struct json_text *j, const struct kind *kind, const uint16_t *list,
    size_t count, struct pool *pool)
{
	for (size_t i = 0; i < count; i++) {
		json_text_object(j, NULL);
		json_text_string(j, "name", kind->name(list[i], pool));
		json_text_string(j, "level", ncsc_level_code(kind->level(list[i])));
		json_text_object_end(j);
	}
}

static void
put_known(struct json_text *j, const char *key, bool known, bool holds)
{
	if (known)
		json_text_bool(j, key, holds);
	else
		json_text_null(j, key);
}

static void
put_tls(struct json_text *j, const struct probed_tls *tls, struct pool *pool)
{
	json_text_array(j, "versions");
	put_numbers(j, &versions, tls->versions, tls->version_count, pool);
	json_text_array_end(j);
	json_text_array(j, "suites");
	put_numbers(j, &suites, tls->suites, tls->suite_count, pool);
	put_numbers(j, &suites, tls->phase_out, tls->phase_out_count, pool);
	put_numbers(j, &suites, tls->bad, tls->bad_count, pool);
	json_text_array_end(j);
	put_known(j, "more_suites", tls->bad_known && tls->phase_out_known,
	    tls->bad_more || tls->phase_out_more);
	json_text_array(j, "groups");
	put_numbers(j, &groups, tls->groups, tls->group_count, pool);
	json_text_array_end(j);
	json_text_number(j, "own_prime_bits", tls->dh_bits);
	json_text_array(j, "weak_signatures");
	put_numbers(j, &signatures, tls->signatures, tls->signature_count, pool);
	json_text_array_end(j);
	put_known(j, "compression", tls->modern_known, tls->compression);
	put_known(
	    j, "extended_master_secret", tls->modern_known, !tls->no_extended_secret);
	put_known(
	    j, "secure_renegotiation", tls->modern_known, !tls->insecure_renegotiation);
	put_known(j, "own_order", tls->order_known, !tls->order_wrong);
	put_known(j, "hybrid", tls->hybrid_known, tls->hybrid);
}

static void
put_certificate(struct json_text *j, const struct probed_certificate *k)
{
	char not_after[EARLIER_TIME_SIZE];

	json_text_object(j, NULL);
	json_text_string(j, "subject", k->subject);
	json_text_string(j, "key", k->key);
	json_text_number(j, "bits", k->bits);
	json_text_string(j, "signature", k->signature);
	json_text_string(j, "not_after", earlier_time_text(k->not_after, not_after));
	json_text_string(j, "sha256", k->sha256);
	json_text_string(j, "spki_sha256", k->spki_sha256);
	json_text_object_end(j);
}

static void
put_certificates(struct json_text *j, const struct probed_address *a)
{
	const struct probed_handshake *both[] = { &a->plain, &a->other };

	json_text_array(j, "certificates");
	for (size_t i = 0; i < 2; i++) {
		for (size_t n = 0; n < both[i]->chain_count; n++)
			put_certificate(j, &both[i]->chain[n]);
	}
	json_text_array_end(j);
}

static bool
matches(const struct probed_handshake *shake, size_t record)
{
	return shake->dane_matched && shake->dane_record == record;
}

static void
put_dane(struct json_text *j, const struct probed_host *h, const struct probed_address *a)
{
	json_text_array(j, "dane");
	for (size_t i = 0; i < h->record_count; i++) {
		json_text_object(j, NULL);
		json_text_string(j, "record", h->records[i].text);
		json_text_bool(j, "usable", h->records[i].usable);
		json_text_bool(
		    j, "matched", matches(&a->plain, i) || matches(&a->other, i));
		json_text_object_end(j);
	}
	json_text_array_end(j);
}

/* A line each, as it came. */
static void
put_dialogue(struct json_text *j, const char *lines, struct pool *pool)
{
	json_text_array(j, "dialogue");
	while (lines != NULL && *lines != '\0') {
		size_t len = strcspn(lines, "\n");

		json_text_string(j, NULL, pool_strndup(pool, lines, len));
		lines += len + (lines[len] != '\0');
	}
	json_text_array_end(j);
}

/* Of ours, in the language of the program. */
static void
put_phrase(struct json_text *j, const char *key, const char *phrase)
{
	json_text_string(j, key, phrase != NULL ? _(phrase) : NULL);
}

static void
put_address(struct json_text *j, const struct probed_host *h,
    const struct probed_address *a, struct pool *pool)
{
	const struct probed_handshake *shake = &a->plain;
	bool done = shake->end == PROBED_HANDSHAKE_DONE;

	json_text_object(j, NULL);
	json_text_string(j, "address", a->address);
	put_dialogue(j, a->dialogue, pool);
	put_known(j, "starttls", a->end >= PROBED_PLAIN, a->end > PROBED_PLAIN);
	put_known(j, "handshake", a->end == PROBED_TLS, done);
	json_text_string(
	    j, "version", done ? tls_name_version(shake->version, pool) : NULL);
	put_tls(j, &a->tls, pool);
	put_certificates(j, a);
	put_dane(j, h, a);
	json_text_number(j, "connections", a->connections);
	put_phrase(j, "why", a->phrase != NULL ? a->phrase : shake->phrase);
	put_phrase(j, "stopped", a->stopped);
	json_text_object_end(j);
}

void
audit_json_host_put(struct json_text *j, const struct probed_host *h, struct pool *pool)
{
	json_text_object(j, NULL);
	json_text_string(j, "host", h->name);
	json_text_array(j, "addresses");
	for (size_t i = 0; i < h->address_count; i++)
		put_address(j, h, &h->addresses[i], pool);
	json_text_array_end(j);
	json_text_number(j, "left_out", (int64_t)h->left_out);
	json_text_object_end(j);
}
