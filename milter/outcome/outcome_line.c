#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "mail/evidence.h"
#include "outcome/outcome_line.h"
#include "policy/verdict.h"

/* Nothing from outside may push what follows it over the end of the line. */
#define QUEUE_ID_OCTETS 40
#define FROM_OCTETS 256
#define DOMAIN_OCTETS 100
#define SIGNATURES_OCTETS 230 /* those that do not fit are counted */
#define TIME_OCTETS 36        /* and of what is behind it */

static void
put_pair(struct buf *b, const char *key, const char *value)
{
	buf_puts(b, key);
	buf_puts(b, value);
}

static void
put_verdict(struct buf *b, const struct verdict *v)
{
	put_pair(b, " action=", verdict_action_name(v->action));
	if (v->would != v->action)
		put_pair(b, " would=", verdict_action_name(v->would));
	/* Where the action does not follow from the DMARC result and policy beside it. */
	if (v->pct_zero || (rule_row(v->rule)->asked & RULE_ACTION(v->would)) == 0)
		put_pair(b, " rule=", rule_name(v->rule));
}

static void
put_dmarc(struct buf *b, const struct evidence *ev)
{
	const struct dmarc_evidence *d = &ev->dmarc;

	put_pair(b, " dmarc=", evidence_dmarc_name(d->result));
	if (evidence_has_policy(ev))
		put_pair(b, " policy=", evidence_policy_name(d->policy));
	if (*ev->from.domain != '\0') {
		if (ev->from.status == FROM_MALFORMED_ONE_DOMAIN)
			buf_puts(b, " from_status=malformed_one_domain");
		buf_puts(b, " from=");
		buf_put_word(b, ev->from.domain, FROM_OCTETS);
	}
}

static void
put_spf(struct buf *b, const struct spf_evidence *spf)
{
	put_pair(b, " spf=", evidence_spf_name(spf->result));
	if (*spf->domain == '\0')
		return;
	buf_putc(b, '(');
	buf_put_word(b, spf->domain, DOMAIN_OCTETS);
	buf_putc(b, ')');
}

/* Signatures as long as they fit, then how many more there are. */
static void
put_dkim(struct buf *b, const struct evidence *ev)
{
	char storage[SIGNATURES_OCTETS], text[SIGNATURES_OCTETS];
	struct buf all, one;
	size_t i;

	buf_init(&all, storage, sizeof storage);
	for (i = 0; i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		buf_init(&one, text, sizeof text);
		put_pair(&one, i > 0 ? "," : "", evidence_dkim_name(d->result));
		buf_putc(&one, '(');
		buf_put_word(&one, d->domain, DOMAIN_OCTETS);
		buf_putc(&one, '/');
		buf_put_word(&one, d->selector, DOMAIN_OCTETS);
		buf_putc(&one, ')');
		if (one.cut || one.len > all.size - all.len - 1)
			break;
		buf_puts(&all, text);
	}
	put_pair(b, " dkim=", ev->dkim_count > 0 ? storage : "none");
	if (i < ev->dkim_count)
		buf_printf(b, "+%zu", ev->dkim_count - i);
}

static void
put_reason(struct buf *b, const char *method, const char *reason)
{
	if (reason == NULL)
		return;
	if (b->len > 0)
		buf_puts(b, "; ");
	buf_puts(b, method);
	buf_put_escaped(b, reason);
}

/* Which results are a relay's word (RelayResults). */
static void
put_by_relay(struct buf *b, const struct evidence *ev)
{
	size_t i = 0;
	bool dkim;

	while (i < ev->dkim_count && !ev->dkim[i].by_relay)
		i++;
	dkim = i < ev->dkim_count;
	if (ev->spf.by_relay || dkim)
		buf_printf(b, " by_relay=%s%s%s", ev->spf.by_relay ? "spf" : "",
		    ev->spf.by_relay && dkim ? "," : "", dkim ? "dkim" : "");
}

/* Why: our own departure first, then what the checks say of a result that is no pass. */
static void
list_reasons(struct buf *b, const struct evidence *ev, const struct verdict *v)
{
	put_reason(b, "", v->reason);
	put_reason(b, "",
	    ev->from.status != FROM_OK && ev->from.reason != NULL ? ev->from.reason
								  : ev->dmarc.reason);
	if (ev->dmarc.result == DMARC_PASS)
		return;
	put_reason(b, "spf: ", ev->spf.reason);
	for (size_t i = 0; i < ev->dkim_count; i++)
		put_reason(b, "dkim: ", ev->dkim[i].reason);
	put_reason(b, "no answer: ", ev->unanswered);
}

static void
put_client(struct buf *b, const struct evidence *ev)
{
	const char *dns_sec = evidence_dns_sec_name(ev->dmarc.dns_sec);
	char client[IP_TEXT_SIZE];

	put_pair(b, " client=", ip_format(&ev->client, client));
	if (dns_sec != NULL)
		put_pair(b, " dnssec=", dns_sec);
}

/* Who says that it sealed the message: whole or not at all, as names may fill the line.
 */
static void
put_sealed(struct buf *b, const struct evidence *ev)
{
	static const char key[] = " sealed=";

	if (ev->sealed != NULL &&
	    b->len + strlen(key) + strlen(ev->sealed) + TIME_OCTETS <= LOG_LINE_MAX)
		put_pair(b, key, ev->sealed);
}

/* The reasons get what room the line has left. */
static void
put_reasons(struct buf *b, const struct evidence *ev, const struct verdict *v)
{
	static const char key[] = " reason=\"";
	char storage[LOG_LINE_MAX];
	size_t used = b->len + strlen(key) + 1 + TIME_OCTETS;
	struct buf reasons;

	if (used + 1 >= sizeof storage)
		return;
	buf_init(&reasons, storage, sizeof storage - used);
	list_reasons(&reasons, ev, v);
	if (reasons.len > 0)
		buf_printf(b, "%s%s\"", key, storage);
}

void
outcome_line(
    const struct evidence *ev, const struct verdict *verdict, char *line, size_t size)
{
	char storage[LOG_LINE_MAX + 1];
	struct buf b, out;

	buf_init(&b, storage, sizeof storage);
	buf_put_word(&b, ev->queue_id, QUEUE_ID_OCTETS);
	buf_putc(&b, ':');
	put_verdict(&b, verdict);
	if (ev->exemption == EXEMPT_NO) {
		put_dmarc(&b, ev);
		put_spf(&b, &ev->spf);
		put_dkim(&b, ev);
		put_by_relay(&b, ev);
	}
	put_client(&b, ev);
	put_sealed(&b, ev);
	if (ev->exemption == EXEMPT_NO)
		put_reasons(&b, ev, verdict);
	buf_printf(&b, " time=%dms%s", ev->wait_ms, ev->proof ? " prove=yes" : "");
	buf_init(&out, line, size);
	buf_puts(&out, storage);
}
