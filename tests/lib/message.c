#include "message.h"

void
message_init(struct message *m)
{
	*m = (struct message){ 0 };
	m->ev.client_name = "";
	m->ev.helo = "mail.example.nl";
	m->ev.host_name = "mx.school.nl";
	m->ev.mail_from = "<a@example.nl>";
	m->ev.queue_id = EVIDENCE_NO_QUEUE;
	m->ev.headers = &m->headers;
	m->ev.relay.helo = "";
	m->ev.dkim = m->dkim;
	m->ev.day = MESSAGE_DAY;
	ip_parse("192.0.2.7", &m->ev.client);
	m->ev.from = (struct from_evidence){ .status = FROM_OK, .domain = "example.nl" };
	m->ev.spf.domain = m->ev.spf_helo.domain = "";
	m->ev.dmarc.result = DMARC_FAIL;
	m->ev.dmarc.policy_known = true;
	m->ev.dmarc.policy = m->ev.dmarc.published = DMARC_P_REJECT;
}

void
message_sign(struct message *m, size_t nth, enum dkim_result result, const char *domain)
{
	m->dkim[nth] = (struct dkim_evidence){ .result = result,
		.domain = domain,
		.selector = "s1",
		.algorithm = "rsa-sha256",
		.b_start = "" };
	m->ev.dkim_count = nth + 1;
}

void
message_permerror(struct message *m)
{
	m->ev.dmarc.result = DMARC_PERMERROR;
}

void
message_pass(struct message *m)
{
	m->ev.dmarc.result = DMARC_PASS;
}

void
message_none(struct message *m)
{
	m->ev.dmarc = (struct dmarc_evidence){ .result = DMARC_NONE };
}

void
message_temperror(struct message *m)
{
	m->ev.dmarc = (struct dmarc_evidence){ .result = DMARC_TEMPERROR };
}

void
message_temperror_policy_reject(struct message *m)
{
	message_temperror(m);
	m->ev.dmarc.policy_known = true;
	m->ev.dmarc.policy = DMARC_P_REJECT;
}

void
message_policy_none(struct message *m)
{
	m->ev.dmarc.policy = DMARC_P_NONE;
}

void
message_list_mail(struct message *m)
{
	m->ev.list.id = "users.lists.club.example";
}

void
message_by_relay(struct message *m)
{
	m->ev.relay.is_relay = true;
}

void
message_pct_zero(struct message *m)
{
	m->ev.dmarc.pct_zero = true;
}

void
message_pct_zero_quarantine(struct message *m)
{
	message_pct_zero(m);
	m->ev.dmarc.policy = m->ev.dmarc.published = DMARC_P_QUARANTINE;
}

void
message_pct_zero_temperror(struct message *m)
{
	message_pct_zero(m);
	m->ev.dmarc.result = DMARC_TEMPERROR;
}

void
message_pct_zero_quarantine_temperror(struct message *m)
{
	message_pct_zero_quarantine(m);
	m->ev.dmarc.result = DMARC_TEMPERROR;
}
