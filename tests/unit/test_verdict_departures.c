#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"
#include "config/config.h"
#include "message.h"
#include "policy/verdict.h"

#define FORWARDER "TrustedForwarders 192.0.2.7\n"

static void
in_test_mode(struct message *m)
{
	m->ev.dmarc.test_mode = true;
	m->ev.dmarc.policy = DMARC_P_QUARANTINE;
}

static void
quarantine_in_test_mode(struct message *m)
{
	m->ev.dmarc.test_mode = true;
	m->ev.dmarc.published = DMARC_P_QUARANTINE;
	m->ev.dmarc.policy = DMARC_P_NONE;
}

static void
sampled_out(struct message *m)
{
	m->ev.dmarc.sampled_out = true;
	m->ev.dmarc.policy = DMARC_P_QUARANTINE;
}

static void
published_quarantine(struct message *m)
{
	m->ev.dmarc.published = m->ev.dmarc.policy = DMARC_P_QUARANTINE;
}

static void
published_none(struct message *m)
{
	m->ev.dmarc.published = m->ev.dmarc.policy = DMARC_P_NONE;
}

static void
temperror_published_reject(struct message *m)
{
	message_temperror_policy_reject(m);
	m->ev.dmarc.published = DMARC_P_REJECT;
}

struct departure_row {
	void (*change)(struct message *);
	const char *conf;
	const char *told; /* "type (comment)", and the next */
};

static const struct departure_row departure_rows[] = {
	/* What was asked for was done. */
	{ NULL, "", "" },
	{ published_quarantine, "", "" },
	{ published_quarantine, "OnQuarantine hold", "" },
	{ published_none, "", "" },
	/* There is no alignment to fail, or no policy. */
	{ message_pass, "", "" },
	{ message_none, "", "" },
	{ message_permerror, "OnBadFrom accept", "" },
	{ message_temperror, "OnTempError accept", "" },
	/* The message will come again. */
	{ temperror_published_reject, "", "" },
	{ temperror_published_reject, "OnTempError accept", "other (temporary error)" },
	{ temperror_published_reject, "OnTempError header", "other (temporary error)" },
	{ temperror_published_reject, "Override example.nl accept",
	    "local_policy (local policy (Override))" },
	{ NULL, FORWARDER, "trusted_forwarder (client is in TrustedForwarders)" },
	{ message_list_mail, "", "mailing_list (signed by its mailing list)" },
	{ message_list_mail, "OnListMail reject", "" },
	{ NULL, "Override example.nl hold reason=moving", "local_policy (moving)" },
	{ published_none, "Override example.nl reject reason=forged",
	    "local_policy (forged)" },
	{ NULL, "OnReject header", "local_policy (local policy (OnReject))" },
	{ published_quarantine, "OnQuarantine reject",
	    "local_policy (local policy (OnQuarantine))" },
	{ message_by_relay, "",
	    "local_policy (not refused, as it comes through a trusted relay)" },
	{ NULL, "Mode monitor", "local_policy (Mode monitor)" },
	{ message_list_mail, "Mode monitor", "local_policy (Mode monitor)" },
	{ published_none, "Mode monitor", "" },
	{ NULL, "Mode monitor\n" FORWARDER,
	    "trusted_forwarder (client is in TrustedForwarders)" },
	/* The record itself asks for less, and we may still do another thing. */
	{ in_test_mode, "", "policy_test_mode (t=y)" },
	{ quarantine_in_test_mode, "", "policy_test_mode (t=y)" },
	{ sampled_out, "", "other (spared by pct=)" },
	{ in_test_mode, "OnQuarantine accept",
	    "policy_test_mode (t=y); local_policy (local policy (OnQuarantine))" },
	{ sampled_out, "Mode monitor",
	    "other (spared by pct=); local_policy (Mode monitor)" },
	{ in_test_mode, "OnQuarantine reject", "" },
	/* It does not, but we take it so. */
	{ message_pct_zero, "", "local_policy (pct=0 read as t=y)" },
	{ message_pct_zero, "OnQuarantine accept",
	    "local_policy (pct=0 read as t=y; local policy (OnQuarantine))" },
	{ message_pct_zero, "OnQuarantine reject", "" },
	{ message_pct_zero, "Mode monitor", "local_policy (Mode monitor)" },
	{ message_pct_zero, FORWARDER,
	    "trusted_forwarder (client is in TrustedForwarders)" },
	{ message_pct_zero_quarantine, "", "local_policy (pct=0 read as t=y)" },
	{ message_pct_zero_quarantine_temperror, "", "local_policy (pct=0 read as t=y)" },
	{ message_pct_zero_temperror, "OnTempError header", "other (temporary error)" },
};

static void
check_departures(const struct departure_row *row)
{
	struct verdict_departure out[VERDICT_DEPARTURES_MAX];
	struct config *config = conf_good(row->conf);
	struct message m;
	struct verdict v;
	char told[300] = "";
	size_t count;

	message_init(&m);
	if (row->change != NULL)
		row->change(&m);
	v = verdict_decide(config, &m.ev);
	count = verdict_departures(&v, &m.ev, out);
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(told);

		snprintf(told + len, sizeof told - len, "%s%s (%s)", i > 0 ? "; " : "",
		    out[i].type, out[i].comment != NULL ? out[i].comment : "");
	}
	if (strcmp(told, row->told) != 0)
		fail_msg("row %td (%s): \"%s\"", row - departure_rows, row->conf, told);
	config_free(config);
}

static void
test_departures(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof departure_rows / sizeof departure_rows[0]; i++)
		check_departures(&departure_rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_departures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
