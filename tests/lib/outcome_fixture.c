#include "outcome_fixture.h"

void
outcome_fixture_begin(struct outcome_fixture *f)
{
	*f = (struct outcome_fixture){ 0 };
	f->ev.queue_id = "4XyZ1a";
	f->ev.mail_from = "<secret.person@example.nl>";
	f->ev.helo = "mx.example.nl";
	f->ev.from = (struct from_evidence){ .status = FROM_OK, .domain = "example.nl" };
	f->ev.spf =
	    (struct spf_evidence){ .result = SPF_SOFTFAIL, .domain = "example.nl" };
	f->ev.dkim = f->dkim;
	f->ev.dkim_count = 1;
	f->dkim[0] = (struct dkim_evidence){ .result = DKIM_FAIL,
		.domain = "example.nl",
		.selector = "s1",
		.reason = "body altered" };
	f->ev.dmarc.result = DMARC_FAIL;
	f->ev.dmarc.policy = DMARC_P_REJECT;
	f->ev.dmarc.dns_sec = DNS_SEC_NO;
	f->ev.wait_ms = 14;
	ip_parse("192.0.2.7", &f->ev.client);
	f->verdict = (struct verdict){ .action = ACTION_REJECT,
		.would = ACTION_REJECT,
		.rule = RULE_POLICY_REJECT };
}
