#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verdict_row.h"

#define FORWARDER "TrustedForwarders 192.0.2.7\n"

static void
list_by_post(struct message *m)
{
	m->ev.list.post = "lists.club.example";
}

static void
list_of_two_names(struct message *m)
{
	m->ev.list.id = "users.other.example";
	m->ev.list.post = "lists.club.example";
}

/* The header names a list, and signatures pass: what they are to it, the checks say. */
static void
list_that_did_not_sign(struct message *m)
{
	m->headers.list_id = " <users.lists.club.example>";
	m->headers.list_post = " <mailto:users@lists.club.example>";
	message_sign(m, 0, DKIM_PASS, "lists.club.example");
	m->ev.spf =
	    (struct spf_evidence){ .result = SPF_PASS, .domain = "lists.club.example" };
}

static void
list_policy_quarantine(struct message *m)
{
	message_list_mail(m);
	m->ev.dmarc.policy = DMARC_P_QUARANTINE;
}

static void
list_policy_none(struct message *m)
{
	message_list_mail(m);
	m->ev.dmarc.policy = DMARC_P_NONE;
}

/* Mailing lists that signed: policy reject only. */
static const struct verdict_row rows[] = {
	{ message_list_mail, "", RULE_MAILING_LIST, H, true, true },
	{ list_by_post, "", RULE_MAILING_LIST, H, true, true },
	{ list_of_two_names, "TrustedLists club.example", RULE_MAILING_LIST, H, true,
	    true },
	{ list_of_two_names, "TrustedLists other.example", RULE_MAILING_LIST, H, true,
	    true },
	{ list_of_two_names, "TrustedLists example.com", RULE_POLICY_REJECT, R, false,
	    false },
	{ message_list_mail, "OnQuarantine hold", RULE_MAILING_LIST, Q, true, true },
	{ message_list_mail, "OnListMail accept", RULE_MAILING_LIST, H, true, true },
	{ message_list_mail, "OnQuarantine accept", RULE_MAILING_LIST, H, true, true },
	{ message_list_mail, "OnListMail accept\nTrustedLists lists.club.example",
	    RULE_MAILING_LIST, A, true, true },
	{ message_list_mail, "OnQuarantine accept\nTrustedLists lists.club.example",
	    RULE_MAILING_LIST, A, true, true },
	{ message_list_mail, "OnListMail header", RULE_MAILING_LIST, H, true, true },
	{ message_list_mail, "OnListMail hold", RULE_MAILING_LIST, Q, true, true },
	{ message_list_mail, "OnListMail reject", RULE_MAILING_LIST, R, true, true },
	{ message_list_mail, FORWARDER, RULE_TRUSTED_FORWARDER, A, true, true },
	{ message_list_mail, "TrustedLists lists.club.example", RULE_MAILING_LIST, H,
	    true, true },
	{ message_list_mail, "TrustedLists users.lists.club.example", RULE_MAILING_LIST,
	    H, true, true },
	{ message_list_mail, "TrustedLists a.example club.example", RULE_MAILING_LIST, H,
	    true, true },
	{ message_list_mail, "TrustedLists other.example", RULE_POLICY_REJECT, R, false,
	    false },
	{ message_list_mail, "TrustedLists other.users.lists.club.example",
	    RULE_POLICY_REJECT, R, false, false },
	{ message_list_mail, "TrustedLists ub.example", RULE_POLICY_REJECT, R, false,
	    false },
	{ list_that_did_not_sign, "", RULE_POLICY_REJECT, R, false, false },
	{ list_policy_quarantine, "OnListMail accept", RULE_POLICY_QUARANTINE, H, false,
	    false },
	{ list_policy_none, "OnListMail reject", RULE_POLICY_NONE, A, false, false },
};

static void
test_list_mail(void **state)
{
	(void)state;
	verdict_row_check(rows, sizeof rows / sizeof rows[0], false);
}

static void
test_list_mail_in_monitor_mode(void **state)
{
	(void)state;
	verdict_row_check(rows, sizeof rows / sizeof rows[0], true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_mail),
		cmocka_unit_test(test_list_mail_in_monitor_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
