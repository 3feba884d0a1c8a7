/* How this server sends mail, for MAIL-BEVEILIG-001 and 002, and the lines that mend
 * Postfix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/rules_row.h"
#include "ctl/audit/rules_server.h"
#include "ctl/audit/server.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define DANE "dane", "dnssec"

enum place { HERE, ELSEWHERE, NO_MX, NULL_MX, ADDRESS, UNKNOWN };

struct row {
	enum place place;
	bool has_postfix;
	struct server_sending sending; /* relay, tls, dns, resolver */
	const char *id;                /* of the check; NULL: there is none */
	enum audit_level level;
};

static const struct row starttls_rows[] = {
	{ HERE, true, { NULL, DANE, NULL }, "sending.tls", AUDIT_OK },
	{ ADDRESS, true, { NULL, DANE, NULL }, "sending.tls", AUDIT_OK },
	{ HERE, true, { NULL, "may", "", NULL }, "sending.tls", AUDIT_OK },
	{ HERE, true, { NULL, "encrypt", "", NULL }, "sending.tls", AUDIT_OK },
	{ HERE, true, { NULL, "dane-only", "", NULL }, "sending.tls", AUDIT_OK },
	{ HERE, true, { NULL, "verify", "", NULL }, "sending.tls", AUDIT_OK },
	{ HERE, true, { NULL, "secure", "", NULL }, "sending.tls", AUDIT_OK },
	{ HERE, true, { NULL, "fingerprint", "", NULL }, "sending.tls", AUDIT_OK },
	{ HERE, true, { NULL, "none", "", NULL }, "sending.tls", AUDIT_WRONG },
	{ HERE, true, { NULL, "", "", NULL }, "sending.tls", AUDIT_WRONG },
	{ HERE, true, { NULL, "maybe", "", NULL }, "sending.tls", AUDIT_WRONG },
	{ HERE, true, { "[relay.example]:587", "may", "", NULL }, "sending.relay",
	    AUDIT_UNKNOWN },
	{ HERE, false, { NULL, DANE, NULL }, "sending.unseen", AUDIT_UNKNOWN },
	{ ELSEWHERE, true, { NULL, DANE, NULL }, "sending.unseen", AUDIT_UNKNOWN },
	{ UNKNOWN, true, { NULL, DANE, NULL }, "sending.unseen", AUDIT_UNKNOWN },
	{ NO_MX, true, { NULL, DANE, NULL }, NULL, AUDIT_OK },
	{ NULL_MX, true, { NULL, DANE, NULL }, NULL, AUDIT_OK },
};

static const struct row dane_rows[] = {
	{ HERE, true, { NULL, DANE, NULL }, "sending.dane", AUDIT_OK },
	{ HERE, true, { NULL, "dane-only", "dnssec", NULL }, "sending.dane", AUDIT_OK },
	{ HERE, true, { NULL, "dane", "enabled", NULL }, "sending.dane", AUDIT_WRONG },
	{ HERE, true, { NULL, "dane", "", NULL }, "sending.dane", AUDIT_WRONG },
	{ HERE, true, { NULL, "secure", "dnssec", NULL }, "sending.dane", AUDIT_WRONG },
	{ HERE, true, { NULL, "may", "dnssec", NULL }, "sending.dane", AUDIT_WRONG },
	{ HERE, true, { NULL, "none", "", NULL }, "sending.dane", AUDIT_WRONG },
	{ HERE, true, { NULL, DANE, "192.0.2.53" }, "sending.resolver", AUDIT_LOOK },
	{ HERE, true, { "relay.example", DANE, NULL }, "sending.relay", AUDIT_UNKNOWN },
	{ HERE, false, { NULL, DANE, NULL }, "sending.unseen", AUDIT_UNKNOWN },
	{ ELSEWHERE, true, { NULL, DANE, NULL }, "sending.unseen", AUDIT_UNKNOWN },
	{ NO_MX, true, { NULL, DANE, NULL }, NULL, AUDIT_OK },
};

static const char *const own[] = { "192.0.2.25" };

static const struct facts_host hosts[] = {
	[HERE] = { .name = "mx.d.example" },
	[ELSEWHERE] = { .name = "mx.elsewhere.example" },
	[NULL_MX] = { .name = ".", .is_null = true },
	[ADDRESS] = { .name = "other.d.example", .addresses = own, .address_count = 1 },
	[UNKNOWN] = { .name = "mx.d.example" },
};

static void
begin(struct server *s, const struct row *row)
{
	*s = (struct server){
		.is_known = row->place != UNKNOWN,
		.has_postfix = row->has_postfix,
		.sending = row->sending,
	};
	wordlist_add(&s->names, "mx.d.example");
	netlist_add(&s->addresses, "192.0.2.25");
}

static void
end(struct server *s)
{
	wordlist_clear(&s->names);
	netlist_clear(&s->addresses);
}

static bool
has(const struct rules_case *c, const char *id, enum audit_level level)
{
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->checks[i].row->id, id) == 0 &&
		    c->checks[i].row->level == level)
			return true;
	}
	return false;
}

static void
check(const struct row *row, void (*judge)(struct rules_case *, const struct server *))
{
	const struct facts f = { .domain = "d.example",
		.hosts = (struct facts_host[]){ hosts[row->place] },
		.host_count = row->place != NO_MX };
	struct rules_case c = { .f = &f, .pool = pool_new() };
	struct server s;

	begin(&s, row);
	judge(&c, &s);
	if (row->id == NULL)
		assert_int_equal(c.count, 0);
	else if (!has(&c, row->id, row->level))
		fail_msg("no %s: %s, %s", row->id, row->sending.tls, row->sending.dns);
	end(&s);
	pool_free(c.pool);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(starttls_rows); i++)
		check(&starttls_rows[i], rules_server_starttls);
	for (size_t i = 0; i < COUNT(dane_rows); i++)
		check(&dane_rows[i], rules_server_dane);
}

/* Which lines are named for what connections showed. */
static void
test_mends(void **state)
{
	static const struct {
		const char *id;
		enum audit_level level;
		bool has_tls_file;
		const char *mend; /* part of it; NULL: none */
	} rows[] = {
		{ "tls.version", AUDIT_WRONG, true, "smtpd_tls_protocols" },
		{ "tls.suite", AUDIT_WRONG, true, "smtpd_tls_exclude_ciphers" },
		{ "tls.signature", AUDIT_WRONG, true, "tls_config_file" },
		{ "tls.signature", AUDIT_WRONG, false, NULL },
		{ "tls.version", AUDIT_LOOK, true, NULL },
		{ "tls.starttls", AUDIT_WRONG, true, NULL },
	};
	static const struct row here = { HERE, true, { NULL, DANE, NULL }, NULL,
		AUDIT_OK };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct rules_row seen = { rows[i].id, rows[i].level, "", NULL };
		struct facts_host host = hosts[HERE];
		const struct facts f = {
			.domain = "d.example", .hosts = &host, .host_count = 1
		};
		struct rules_case c = { .f = &f, .pool = pool_new() };
		const char *mend = NULL;
		struct server s;

		begin(&s, &here);
		s.has_tls_file = rows[i].has_tls_file;
		rules_row_add(&c, &seen, (struct rules_about){ 0 });
		rules_server_starttls(&c, &s);
		for (size_t k = 0; k < c.count; k++) {
			if (strcmp(c.checks[k].row->id, "tls.postfix") == 0)
				mend = c.checks[k].mend;
		}
		assert_int_equal(mend != NULL, rows[i].mend != NULL);
		if (mend != NULL && rows[i].mend != NULL)
			assert_non_null(strstr(mend, rows[i].mend));
		end(&s);
		pool_free(c.pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_mends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
