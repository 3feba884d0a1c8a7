#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "audit_run.h"
#include "audit_zone.h"

/* Inbound mail: what this server says of itself. */
static const struct server_door door = { "IgnoreHosts 203.0.0.0/9", NULL, false };
static const struct server_door gate = { "IgnoreHosts 0.0.0.0/1", NULL, true };
static const struct server_door pass = { "Override x.example accept", "2027-01-31",
	false };
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
static const struct {
	struct server server;
	const char *name; /* that is this host */
	enum audit_verdict verdict;
	const char *id;
	enum audit_level level;
} inbound_rows[] = {
	{ { .is_known = false }, "", AUDIT_UNTESTED, "inbound.unseen", AUDIT_UNKNOWN },
	{ { .is_known = true }, "other.example", AUDIT_UNTESTED, "inbound.host",
	    AUDIT_UNKNOWN },
	{ { .is_known = true }, "MX.d.example", AUDIT_MET, "inbound.checks", AUDIT_OK },
	{ { .is_known = true }, "mx.d.example", AUDIT_MET, "inbound.proven", AUDIT_LOOK },
	{ { .is_known = true, .settings_wrong = "x:1: y" }, "mx.d.example", AUDIT_NOT_MET,
	    "inbound.settings", AUDIT_WRONG },
	{ { .is_known = true, .monitor = true }, "mx.d.example", AUDIT_NOT_MET,
	    "inbound.mode", AUDIT_WRONG },
	{ { .is_known = true, .reject_accepts = true }, "mx.d.example", AUDIT_NOT_MET,
	    "inbound.reject", AUDIT_WRONG },
	{ { .is_known = true, .quarantine_accepts = true }, "mx.d.example", AUDIT_NOT_MET,
	    "inbound.quarantine", AUDIT_WRONG },
	{ { .is_known = true, .socket_is_known = true }, "mx.d.example", AUDIT_NOT_MET,
	    "inbound.socket", AUDIT_WRONG },
	{ { .is_known = true, .socket_is_known = true, .socket_answers = true },
	    "mx.d.example", AUDIT_MET, "inbound.checks", AUDIT_OK },
	{ { .is_known = true, .has_postfix = true, .postfix_faults = 2 }, "mx.d.example",
	    AUDIT_NOT_MET, "inbound.postfix", AUDIT_WRONG },
	{ { .is_known = true, .has_postfix = true, .passes_without_us = true },
	    "mx.d.example", AUDIT_MET, "inbound.default", AUDIT_LOOK },
	{ { .is_known = true, .doors = &door, .door_count = 1 }, "mx.d.example",
	    AUDIT_MET, "inbound.door", AUDIT_LOOK },
	{ { .is_known = true, .doors = &pass, .door_count = 1 }, "mx.d.example",
	    AUDIT_MET, "inbound.door", AUDIT_LOOK },
	{ { .is_known = true, .doors = &gate, .door_count = 1 }, "mx.d.example",
	    AUDIT_NOT_MET, "inbound.door", AUDIT_WRONG },
	{ { .is_known = true, .has_history = true, .messages = 5 }, "mx.d.example",
	    AUDIT_MET, "inbound.history", AUDIT_INFO },
};

static void
check_inbound(size_t i)
{
	const struct audit_row mail = { .zone = MX, .kind = PLAN_MAIL };
	const struct audit_row wanted = { .id = inbound_rows[i].id,
		.level = inbound_rows[i].level };
	const struct rules_verdict *v;
	struct audit_run r;

	audit_run_begin(&r, &mail);
	r.server = inbound_rows[i].server;
	wordlist_add(&r.server.names, inbound_rows[i].name);
	v = audit_run_judge(&r, audit_run_ask(&r), AUDIT_INBOUND);
	if (v->verdict != inbound_rows[i].verdict ||
	    !audit_run_has_check(v, &wanted, r.pool)) {
		audit_run_tell(v, r.pool);
		fail_msg("row %zu: %s", i, inbound_rows[i].id);
	}
	audit_run_end(&r);
}

static void
test_inbound(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof inbound_rows / sizeof *inbound_rows; i++)
		check_inbound(i);
}

/* An address of ours is as good as a name. */
static void
test_inbound_by_address(void **state)
{
	const struct audit_row mail = { .zone = MX, .kind = PLAN_MAIL };
	const struct rules_verdict *v;
	struct audit_run r;

	(void)state;
	audit_run_begin(&r, &mail);
	r.server.is_known = true;
	netlist_add(&r.server.addresses, "192.0.2.1");
	assert_int_equal(
	    audit_run_judge(&r, audit_run_ask(&r), AUDIT_INBOUND)->verdict, AUDIT_MET);
	audit_run_end(&r);
	audit_run_begin(&r, &(const struct audit_row){
				.zone = "d.example TIMEOUT MX\n", .kind = PLAN_MAIL });
	r.server.is_known = true;
	v = audit_run_judge(&r, audit_run_ask(&r), AUDIT_INBOUND);
	assert_int_equal(v->verdict, AUDIT_UNTESTED);
	assert_string_equal(v->checks[0].row->id, "inbound.mx");
	audit_run_end(&r);
	audit_run_begin(
	    &r, &(const struct audit_row){ .zone = NULL_MX, .kind = PLAN_MAIL });
	r.server.is_known = true;
	assert_int_equal(audit_run_judge(&r, audit_run_ask(&r), AUDIT_INBOUND)->verdict,
	    AUDIT_UNTESTED);
	audit_run_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inbound),
		cmocka_unit_test(test_inbound_by_address),
	};

	return cmocka_run_group_tests_name("audit_inbound", tests, NULL, NULL);
}
