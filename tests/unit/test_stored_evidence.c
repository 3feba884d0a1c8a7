/* What the history keeps is all that a verdict is made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/day.h"
#include "base/pool.h"
#include "conf.h"
#include "config/config.h"
#include "ctl/history/stored_evidence.h"
#include "ctl/history/stored_settings.h"
#include "history/query.h"
#include "mail/header.h"
#include "policy/verdict.h"

#define MESSAGES 20000
#define RECEIVED 1796025737

/* Settings that between them have every branch of verdict.c. */
static const char *const settings[] = {
	"",
	("OnReject header\nOnQuarantine hold\nOnTempError accept\nOnBadFrom accept\n"
	 "OnUnauthenticated hold\n"),
	"OnQuarantine accept\nOnListMail accept\nTrustedLists lists.example\n",
	"OnListMail accept\nOnReject hold\nMode monitor\n",
	"TrustedForwarders 192.0.2.0/25\nOverride example.nl reject\n",
	"Override .example.nl reject\nOverride a.example.nl accept client=192.0.2.200\n",
	"Override example.nl hold until=2026-11-01\nOverride a.example.nl header\n",
	"OnQuarantine reject\nTrustedLists other.example\nOverride example.nl hold\n",
	"TrustedForwarders 192.0.2.0/25 only=forwarded\nTrustedForwarders .fwd.example\n",
	("TrustedForwarders .fwd.example only=forwarded\nOnUnauthenticated reject\n"
	 "TrustedForwarders 192.0.2.200\n"),
};
#define SETTINGS (sizeof settings / sizeof settings[0])

static unsigned
draw(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245U + 12345U;
	return (*seed >> 16) % below;
}

static const char *
one_of(unsigned *seed, const char *const *list, unsigned count)
{
	return list[draw(seed, count)];
}

static const char *const domains[] = { "example.nl", "a.example.nl", "b.example.nl",
	"evil.example", "lists.example" };
static const char *const names[] = { NULL, "", "mx1.fwd.example", "mx1.a.fwd.example" };
static const char *const clients[] = { "192.0.2.7", "192.0.2.200", "2001:db8::1" };

static struct dmarc_evidence
draw_dmarc(unsigned *seed)
{
	return (struct dmarc_evidence){
		.result = (enum dmarc_result)draw(seed, DMARC_PERMERROR + 1),
		.policy_known = draw(seed, 2),
		.policy = (enum dmarc_policy)draw(seed, DMARC_P_REJECT + 1),
		.published = (enum dmarc_policy)draw(seed, DMARC_P_REJECT + 1),
		.test_mode = draw(seed, 2),
		.sampled_out = draw(seed, 2),
		.pct_zero = draw(seed, 4) == 0,
		.spf_aligned = draw(seed, 2),
		.dkim_aligned = draw(seed, 2),
	};
}

static void
draw_lists(unsigned *seed, struct evidence *ev, struct header_list *headers)
{
	headers->postfix = draw(seed, 2);
	if (draw(seed, 2)) {
		headers->list_id = " The list <l.lists.example>";
		ev->list.id = draw(seed, 2) ? "l.lists.example" : NULL;
	}
	if (draw(seed, 2)) {
		headers->list_post = " <mailto:l@lists.example>";
		ev->list.post = draw(seed, 2) ? "lists.example" : NULL;
	}
}

/* A message as its checks could have left it: fields that go together do. */
static struct evidence
draw_evidence(unsigned *seed, struct pool *pool)
{
	struct dkim_evidence *dkim = pool_alloc(pool, 3 * sizeof *dkim);
	struct header_list *headers = pool_alloc(pool, sizeof *headers);
	struct evidence ev = {
		.client_name = "",
		.host_name = "",
		.helo = "mx.example",
		.mail_from = "<x@example.nl>",
		.queue_id = "4TEST",
		.received = RECEIVED,
		.day = day_local(RECEIVED),
		.headers = headers,
		.relay = { .is_relay = draw(seed, 4) == 0 },
		.spf = { .result = (enum spf_result)draw(seed, SPF_PERMERROR + 1),
		    .domain = one_of(seed, domains, 5) },
		.from = { .status = (enum from_status)draw(seed, FROM_HEADER_FLOOD + 1),
		    .bounce = (enum from_bounce)draw(seed, FROM_BOUNCE_WORD + 1),
		    .domain = "" },
		.dmarc = draw_dmarc(seed),
		.dkim = dkim,
		.dkim_count = draw(seed, 4),
		.forward = { .client_confirmed = one_of(seed, names, 4),
		    .forwarded = (enum forwarded)draw(seed, FORWARDED_COUNT) },
	};

	(void)ip_parse(one_of(seed, clients, 3), &ev.client);
	if (evidence_has_author(&ev))
		ev.from.domain = one_of(seed, domains, 3);
	for (size_t i = 0; i < ev.dkim_count; i++)
		dkim[i] = (struct dkim_evidence){
			.result = (enum dkim_result)draw(seed, DKIM_PERMERROR + 1),
			.domain = one_of(seed, domains, 5),
			.selector = "s",
			.algorithm = "rsa-sha256",
			.b_start = "abc",
		};
	draw_lists(seed, &ev, headers);
	return ev;
}

/* Through the row of the history and back. */
static struct evidence
through_row(const struct config *config, const struct evidence *ev, struct pool *pool,
    struct query_row *row, struct fact **fact)
{
	struct verdict v = verdict_decide(config, ev);
	struct fact_value values[FACT_VALUES];

	*fact = fact_new(config, ev, &v);
	assert_non_null(*fact);
	fact_read(*fact, values);
	memcpy(row->columns, values, sizeof row->columns);
	return stored_evidence(row, pool);
}

/* By the settings ${config}, number ${n}, both come to the same. */
static void
check_verdict(const struct config *config, size_t n, const struct evidence *ev,
    const struct evidence *stored)
{
	struct verdict a = verdict_decide(config, ev);
	struct verdict b = verdict_decide(config, stored);

	if (a.would != b.would || a.action != b.action || a.rule != b.rule ||
	    a.override != b.override || a.relay_spared != b.relay_spared ||
	    a.forwarder != b.forwarder || a.past_forwarders != b.past_forwarders)
		fail_msg("settings %zu: %s (%s), was %s (%s)", n,
		    verdict_action_name(b.would), rule_name(b.rule),
		    verdict_action_name(a.would), rule_name(a.rule));
}

static void
test_same_verdict(void **state)
{
	struct config *configs[SETTINGS];
	unsigned seed = 1;

	(void)state;
	for (size_t i = 0; i < SETTINGS; i++)
		configs[i] = conf_good(settings[i]);
	for (int n = 0; n < MESSAGES; n++) {
		struct pool *pool = pool_new();
		struct evidence ev = draw_evidence(&seed, pool), stored;
		struct query_row row = { 0 };
		struct fact *fact;

		stored = through_row(configs[0], &ev, pool, &row, &fact);
		for (size_t i = 0; i < SETTINGS; i++)
			check_verdict(configs[i], i, &ev, &stored);
		fact_free(fact);
		pool_free(pool);
	}
	for (size_t i = 0; i < SETTINGS; i++)
		config_free(configs[i]);
}

/* What is a relay's word stays known as such, with what ours was. */
static void
test_by_relay(void **state)
{
	struct pool *pool = pool_new();
	struct query_row row = { 0 };
	struct config *config = conf_good("");
	unsigned seed = 3;
	struct evidence ev = draw_evidence(&seed, pool), stored;
	struct dkim_evidence dkim[] = {
		{ .result = DKIM_PASS,
		    .domain = "a.nl",
		    .selector = "s",
		    .algorithm = "",
		    .b_start = "",
		    .reason = EVIDENCE_BY_RELAY "neutral",
		    .by_relay = true,
		    .own = DKIM_NEUTRAL },
		{ .result = DKIM_PASS,
		    .domain = "b.nl",
		    .selector = "s",
		    .algorithm = "",
		    .b_start = "" },
	};
	struct fact *fact;

	(void)state;
	ev.spf = (struct spf_evidence){ .result = SPF_PASS,
		.domain = "a.nl",
		.reason = EVIDENCE_BY_RELAY "fail",
		.by_relay = true,
		.own = SPF_FAIL };
	ev.dkim = dkim;
	ev.dkim_count = 2;
	stored = through_row(config, &ev, pool, &row, &fact);
	assert_true(stored.spf.by_relay);
	assert_int_equal(stored.spf.result, SPF_PASS);
	assert_int_equal(stored.spf.own, SPF_FAIL);
	assert_int_equal(stored.dkim_count, 2);
	assert_true(stored.dkim[0].by_relay);
	assert_int_equal(stored.dkim[0].result, DKIM_PASS);
	assert_int_equal(stored.dkim[0].own, DKIM_NEUTRAL);
	assert_false(stored.dkim[1].by_relay);
	fact_free(fact);
	config_free(config);
	pool_free(pool);
}

/* Of a message that came while no entry asked, the row itself tells the plain case. */
static void
test_forwarded_unasked(void **state)
{
	static const struct {
		const char *forwarded, *domain, *reason;
		enum forwarded found;
	} rows[] = {
		{ NULL, "example.nl", EVIDENCE_BODY_CHANGED, FORWARDED_BODY },
		{ "x", "example.nl", EVIDENCE_BODY_CHANGED, FORWARDED_BODY },
		{ NULL, "a.example.nl", EVIDENCE_BODY_CHANGED, FORWARDED_UNASKED },
		{ NULL, "example.nl", "there is no key", FORWARDED_UNASKED },
		{ "no", "example.nl", EVIDENCE_BODY_CHANGED, FORWARDED_NO },
		{ "srs", "example.nl", "there is no key", FORWARDED_SRS },
		{ "body", "a.example.nl", EVIDENCE_BODY_CHANGED, FORWARDED_BODY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pool *pool = pool_new();
		struct query_row row = { 0 };
		struct evidence ev;

		row.columns[FACT_FROM_STATUS].text = "ok";
		row.columns[FACT_HEADER_FROM].text = "example.nl";
		row.columns[FACT_DMARC].text = "fail";
		row.columns[FACT_FORWARDED].text = rows[i].forwarded;
		row.columns[FACT_SIGNATURES].text = pool_printf(pool,
		    "[[\"fail\",\"%s\",\"s\",\"a\",1,\"s\",null,\"%s\"]]", rows[i].domain,
		    rows[i].reason);
		ev = stored_evidence(&row, pool);
		assert_int_equal(ev.forward.forwarded, rows[i].found);
		pool_free(pool);
	}
}

/* A word that no daemon wrote is no pass. */
static void
test_foreign_words(void **state)
{
	struct pool *pool = pool_new();
	struct query_row row = { 0 };
	struct config *config = conf_good("");
	struct evidence ev;

	(void)state;
	row.columns[FACT_FROM_STATUS].text = "ok";
	row.columns[FACT_HEADER_FROM].text = "example.nl";
	row.columns[FACT_DMARC].text = "Pass";
	row.columns[FACT_SIGNATURES].text = "[[\"pass\", 3], 4, [], [[\"x\"]]]";
	ev = stored_evidence(&row, pool);
	assert_int_equal(ev.dkim_count, 3);
	assert_int_equal(verdict_decide(config, &ev).would, ACTION_REJECT);
	row.columns[FACT_SIGNATURES].text = "no JSON";
	ev = stored_evidence(&row, pool);
	assert_int_equal(ev.dkim_count, 0);
	config_free(config);
	pool_free(pool);
}

/* Settings come back as they were, with the places that they had. */
static void
test_settings(void **state)
{
	static const struct conf_file files[] = {
		{ "/etc/a.conf", "Mode monitor\nInclude /etc/b.conf\n", 0 },
		{ "/etc/b.conf",
		    "\nOverride example.nl accept client=192.0.2.1 reason=\"a # b\"\n"
		    "IgnoreHosts 192.0.2.3, local\nOverride .x.example reject\n",
		    0 },
	};
	struct config *config = conf_load_files(files, 2), *again;
	char *text, *text_again;

	(void)state;
	assert_non_null(config);
	text = conf_print(config);
	again = stored_settings_read(text);
	assert_non_null(again);
	text_again = conf_print(again);
	assert_string_equal(text_again, text);
	assert_null(stored_settings_read("NoSuchSetting 1  # default\n"));
	free(text);
	free(text_again);
	config_free(config);
	config_free(again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_verdict),
		cmocka_unit_test(test_by_relay),
		cmocka_unit_test(test_forwarded_unasked),
		cmocka_unit_test(test_foreign_words),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
