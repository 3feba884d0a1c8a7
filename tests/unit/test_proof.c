/* Which connections bring test messages of ours, what that changes for them, and that it
 * changes nothing for anybody else. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/ip.h"
#include "base/log.h"
#include "base/text.h"
#include "conf.h"
#include "dns/questions.h"
#include "mail/evidence.h"
#include "outcome/outcome.h"
#include "outcome/outcome_json.h"
#include "outcome/outcome_line.h"
#include "parts.h"
#include "policy/actions.h"
#include "policy/judged_json.h"
#include "proof.h"
#include "session.h"

#define SERVICE "beschermd-prove"
#define STRANGER "192.0.2.99"
#define THREADS 8

static char folder[] = "/tmp/test_proof.XXXXXX";
static char path[60];

static void
write_zone(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int
setup(void **state)
{
	(void)state;
	write_zone("fail.beschermd.test TXT \"v=spf1 -all\"\n"
		   "_dmarc.fail.beschermd.test TXT \"v=DMARC1; p=reject\"\n");
	return 0;
}

struct gate_row {
	const char *service, *client;
	bool proof;
};

static const struct gate_row gate_rows[] = {
	/* the four */
	{ SERVICE, STRANGER, true },
	{ SERVICE, "198.51.100.1", false },
	{ "smtpd", STRANGER, false },
	{ "smtpd", "198.51.100.1", false },
	/* names that are not quite it */
	{ NULL, STRANGER, false },
	{ "", STRANGER, false },
	{ "beschermd", STRANGER, false },
	{ "beschermd-prov", STRANGER, false },
	{ "beschermd-prove ", STRANGER, false },
	{ " beschermd-prove", STRANGER, false },
	{ "beschermd-prove/unix", STRANGER, false },
	{ "Beschermd-Prove", STRANGER, false },
	/* the network and its neighbours */
	{ SERVICE, "192.0.2.0", true },
	{ SERVICE, "192.0.2.255", true },
	{ SERVICE, "192.0.1.255", false },
	{ SERVICE, "192.0.3.0", false },
	{ SERVICE, "192.1.2.99", false },
	{ SERVICE, "127.0.0.1", false },
	{ SERVICE, "::1", false },
	{ SERVICE, "2001:db8::c000:263", false },
	{ SERVICE, "c000:0200::1", false }, /* its octets begin as those of 192.0.2.0 */
	{ SERVICE, "::ffff:192.0.2.99", true }, /* the same address, in IPv6 */
	{ SERVICE, "::ffff:192.0.3.99", false },
	{ SERVICE, "::192.0.2.99", false },
};

static void
test_gate(void **state)
{
	struct ip local = { .family = IP_LOCAL, .octets = { 192, 0, 2, 99 } };
	struct ip unknown = { .family = IP_UNKNOWN, .octets = { 192, 0, 2, 99 } };

	(void)state;
	for (size_t i = 0; i < sizeof gate_rows / sizeof *gate_rows; i++) {
		const struct gate_row *row = &gate_rows[i];
		struct ip client;

		assert_true(ip_parse(row->client, &client));
		if (proof_is(row->service, &client) != row->proof)
			fail_msg("row %zu: %s from %s", i,
			    row->service != NULL ? row->service : "none", row->client);
	}
	assert_false(proof_is(SERVICE, &local));
	assert_false(proof_is(SERVICE, &unknown));
}

static struct parts_store *
open_with(const char *settings)
{
	char why[500];
	struct parts_store *store = parts_open(conf_good(settings), why, sizeof why);

	if (store == NULL)
		fail_msg("%s", why);
	return store;
}

static struct session *
connect_as(struct parts_store *store, const char *service, const char *client)
{
	struct ip ip;
	struct session *s;

	assert_true(ip_parse(client, &ip));
	s = session_new(store, ip, NULL, "mx.school.example");
	session_mta(s, "Postfix 3.7.11");
	session_service(s, service);
	session_helo(s, "fail.beschermd.test");
	return s;
}

/* A forged message; what came of it is still there. */
static const struct evidence *
forge(struct session *s)
{
	assert_int_equal(session_mail(s, "<x@fail.beschermd.test>", NULL), SESSION_GO_ON);
	session_header(s, "From", " <x@fail.beschermd.test>");
	session_eoh(s, "4XYZ");
	session_end(s);
	return session_evidence(s);
}

static struct outcome_counts
counts_of(struct parts_store *store)
{
	const struct parts *parts = parts_get(store);
	struct outcome_counts counts = outcome_counts(parts->outcome);

	parts_put(store, parts);
	return counts;
}

static void
test_one_of_ours(void **state)
{
	struct parts_store *store = open_with("Nameservers 127.0.0.1\n");
	struct session *s = connect_as(store, SERVICE, STRANGER);
	const struct evidence *ev = forge(s);
	struct outcome_counts counts;

	(void)state;
	assert_true(ev->proof);
	assert_int_equal(ev->exemption, EXEMPT_NO);
	assert_int_equal(ev->dmarc.result, DMARC_FAIL);
	assert_int_equal(ev->spf.result, SPF_FAIL);
	assert_int_equal(session_verdict(s)->action, ACTION_REJECT);
	session_done(s);
	session_free(s);
	counts = counts_of(store);
	assert_int_equal(counts.proofs, 1);
	assert_int_equal(counts.messages, 0);
	assert_int_equal(counts.rejected, 0);
	assert_int_equal(counts.rules[RULE_POLICY_REJECT], 0);
	assert_int_equal(counts.dmarc[DMARC_FAIL][DMARC_P_REJECT], 0);
	assert_int_equal(counts.spf[SPF_FAIL], 0);
	assert_int_equal(counts.last, 0);
	parts_close(store);
}

/* Right after one of ours, in the same daemon, for whom its name or address is missing.
 */
static void
test_all_others(void **state)
{
	static const struct gate_row others[] = { { NULL, STRANGER, false },
		{ "smtpd", STRANGER, false }, { SERVICE, "198.51.100.1", false },
		{ "smtpd", "198.51.100.1", false } };
	struct parts_store *store = open_with("Nameservers 127.0.0.1\n");

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct session *ours = connect_as(store, SERVICE, STRANGER);
		struct session *s =
		    connect_as(store, others[i].service, others[i].client);
		const struct evidence *ev;

		assert_int_equal(forge(ours)->dmarc.result, DMARC_FAIL);
		ev = forge(s);
		assert_false(ev->proof);
		assert_int_equal(ev->dmarc.result, DMARC_NONE);
		assert_int_equal(ev->spf.result, SPF_NONE);
		session_done(s);
		session_done(ours);
		session_free(s);
		session_free(ours);
	}
	assert_int_equal(counts_of(store).messages, 4);
	assert_int_equal(counts_of(store).proofs, 4);
	parts_close(store);
}

/* Whatever a sender fills a line with, its end says what it was. */
static void
test_how_it_is_told(void **state)
{
	char reason[2000], line[1000];
	struct evidence ev = { .queue_id = "4XYZ",
		.mail_from = "",
		.helo = "",
		.host_name = "",
		.wait_ms = 2000000000,
		.spf = { .domain = "", .reason = reason },
		.from = { .domain = "example.nl" },
		.dmarc = { .result = DMARC_FAIL } };
	struct verdict verdict = { .rule = RULE_POLICY_REJECT };
	struct judged_json judged = { .ev = &ev, .verdict = &verdict };
	struct text object = { 0 };
	const char *end;

	(void)state;
	memset(reason, 'x', sizeof reason - 1);
	reason[sizeof reason - 1] = '\0';
	for (int proof = 1; proof >= 0; proof--) {
		ev.proof = proof;
		outcome_line(&ev, &verdict, line, sizeof line);
		assert_true(strlen(line) <= LOG_LINE_MAX);
		end = strstr(line, "\" time=2000000000ms");
		assert_non_null(end);
		assert_string_equal(
		    end + strlen("\" time=2000000000ms"), proof ? " prove=yes" : "");
	}
	/* As an object, with room for all of it or for next to nothing. */
	for (int i = 0; i < 4; i++) {
		struct actions actions = { 0 };

		ev.proof = i % 2 == 0;
		judged.actions = &actions;
		judged.reply = (struct reply){ .text = i < 2 ? "" : reason };
		judged.reason = reason;
		outcome_json(&object, &judged);
		end = object.data + object.len - strlen(",\"prove\":true}");
		assert_int_equal(strcmp(end, ",\"prove\":true}") == 0, ev.proof);
		assert_int_equal(strstr(object.data, "prove") != NULL, ev.proof);
		object.len = 0;
	}
	text_free(&object);
}

/* No exemption differs: an ignored client is one here too. */
static void
test_exemptions_hold(void **state)
{
	struct parts_store *store =
	    open_with("Nameservers 127.0.0.1\nIgnoreHosts 192.0.2.0/24\n");
	struct session *s = connect_as(store, SERVICE, STRANGER);

	(void)state;
	assert_int_equal(
	    session_mail(s, "<x@fail.beschermd.test>", NULL), SESSION_ACCEPT);
	session_free(s);
	assert_int_equal(counts_of(store).proofs, 1);
	assert_int_equal(counts_of(store).exempt, 0);
	parts_close(store);
}

/* A reload in mid-message, and one that finds another zone. */
static void
test_reload(void **state)
{
	struct parts_store *store = open_with("Nameservers 127.0.0.1\n");
	struct session *s = connect_as(store, SERVICE, STRANGER);
	char why[200];

	(void)state;
	session_mail(s, "<x@fail.beschermd.test>", NULL);
	write_zone("_dmarc.fail.beschermd.test TXT \"v=DMARC1; p=quarantine\"\n");
	assert_int_equal(
	    parts_reload(store, conf_good("Nameservers 127.0.0.1\n"), why, sizeof why),
	    0);
	session_header(s, "From", " <x@fail.beschermd.test>");
	session_eoh(s, "4XYZ");
	session_end(s);
	assert_int_equal(session_evidence(s)->dmarc.policy, DMARC_P_REJECT);
	assert_int_equal(forge(s)->dmarc.policy, DMARC_P_QUARANTINE);
	session_free(s);
	parts_close(store);
}

/* Our own fault is not one of the domain's: nothing passes, and nothing is accepted. */
static void
test_without_a_zone(void **state)
{
	struct parts_store *store = open_with("Nameservers 127.0.0.1\n");
	struct session *s = connect_as(store, SERVICE, STRANGER);

	assert_int_equal(unlink(path), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(forge(s)->dmarc.result, DMARC_TEMPERROR);
		assert_true(session_evidence(s)->proof);
		assert_int_equal(session_verdict(s)->action, ACTION_TEMPFAIL);
	}
	/* As soon as there is one. */
	setup(state);
	assert_int_equal(forge(s)->dmarc.result, DMARC_FAIL);
	session_free(s);
	parts_close(store);
}

static void *
forge_in_thread(void *arg)
{
	struct session *s = connect_as(arg, SERVICE, STRANGER);
	bool good = true;

	for (int i = 0; i < 10; i++) {
		good = good && forge(s)->dmarc.result == DMARC_FAIL;
		session_done(s);
	}
	session_free(s);
	return good ? s : NULL;
}

static void
test_many_at_once(void **state)
{
	struct parts_store *store = open_with("Nameservers 127.0.0.1\n");
	pthread_t threads[THREADS];
	void *good;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, forge_in_thread, store), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_non_null(good);
	}
	assert_int_equal(counts_of(store).proofs, 10 * THREADS);
	parts_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_gate, setup),
		cmocka_unit_test_setup(test_one_of_ours, setup),
		cmocka_unit_test_setup(test_all_others, setup),
		cmocka_unit_test_setup(test_how_it_is_told, setup),
		cmocka_unit_test_setup(test_exemptions_hold, setup),
		cmocka_unit_test_setup(test_reload, setup),
		cmocka_unit_test_setup(test_without_a_zone, setup),
		cmocka_unit_test_setup(test_many_at_once, setup),
	};
	int failed;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof path, "%s/zone", folder);
	setenv(
	    "BESCHERMD_PROVEDIR", folder, 1); // NOLINT(concurrency-mt-unsafe): one thread
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	return failed;
}
