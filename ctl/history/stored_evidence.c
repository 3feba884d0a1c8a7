#include <string.h>
#include <time.h>

#include "base/day.h"
#include "base/pool.h"
#include "ctl/history/stored_evidence.h"
#include "ctl/history/told_row.h"
#include "ctl/json.h"
#include "ctl/word.h"
#include "history/query.h"
#include "mail/header.h"

static struct ip
address(const char *text)
{
	struct ip ip = { .family = IP_UNKNOWN };

	if (strcmp(text, "local") == 0)
		ip.family = IP_LOCAL;
	else
		(void)ip_parse(text, &ip);
	return ip;
}

/* As header_list_domain() reads them again; NULL: there was none. */
static struct header_list *
lists(const struct query_row *row, struct pool *pool)
{
	const char *id = row->columns[FACT_LIST_ID].text;
	const char *post = row->columns[FACT_LIST_POST].text;
	struct header_list *list = pool_alloc(pool, sizeof *list);

	list->pool = pool;
	if (id != NULL)
		list->list_id = pool_printf(pool, "<%s>", id);
	if (post != NULL)
		list->list_post = pool_printf(pool, "<mailto:x@%s>", post);
	return list;
}

static struct list_evidence
lists_that_signed(const struct query_row *row)
{
	const char *word = told_row_text(row, FACT_LIST_SIGNED);
	struct list_evidence list = { 0 };

	if (strcmp(word, "id") == 0 || strcmp(word, "both") == 0)
		list.id = row->columns[FACT_LIST_ID].text;
	if (strcmp(word, "post") == 0 || strcmp(word, "both") == 0)
		list.post = row->columns[FACT_LIST_POST].text;
	return list;
}

static struct dmarc_evidence
dmarc(const struct query_row *row)
{
	return (struct dmarc_evidence){
		.result = word_dmarc_result(told_row_text(row, FACT_DMARC)),
		.policy_known = row->columns[FACT_POLICY_KNOWN].number != 0,
		.policy = word_dmarc_policy(told_row_text(row, FACT_POLICY)),
		.published = word_dmarc_policy(told_row_text(row, FACT_PUBLISHED)),
		.test_mode = row->columns[FACT_TEST_MODE].number != 0,
		.sampled_out = row->columns[FACT_SAMPLED_OUT].number != 0,
		.pct_zero = row->columns[FACT_PCT_ZERO].number != 0,
		.spf_aligned = row->columns[FACT_SPF_ALIGNED].number != 0,
		.dkim_aligned = row->columns[FACT_DKIM_ALIGNED].number != 0,
		.reason = row->columns[FACT_REASON].text,
	};
}

/*
 * Where it was not looked at, as no entry was for this client then: a signature of the
 * author domain itself aligns whatever the record says.
 */
static enum forwarded
forwarded(const struct query_row *row, const struct evidence *ev)
{
	enum forwarded found = word_forwarded(told_row_text(row, FACT_FORWARDED));

	for (size_t i = 0; i < ev->dkim_count && found == FORWARDED_UNASKED; i++) {
		if (evidence_is_body_changed(&ev->dkim[i]) &&
		    strcmp(ev->dkim[i].domain, ev->from.domain) == 0)
			found = FORWARDED_BODY;
	}
	return found;
}

static struct spf_evidence
spf(const struct query_row *row)
{
	const char *reason = row->columns[FACT_SPF_REASON].text;
	const char *own = word_of_own(reason);

	return (struct spf_evidence){
		.result = word_spf_result(told_row_text(row, FACT_SPF)),
		.domain = told_row_text(row, FACT_SPF_DOMAIN),
		.reason = reason,
		.by_relay = own != NULL,
		.own = own != NULL ? word_spf_result(own) : SPF_NONE,
	};
}

/* One that holds no valid domain is not a null one. */
static const char *
reverse_path(const struct query_row *row)
{
	const char *domain = row->columns[FACT_MAIL_FROM].text;

	return domain != NULL ? domain : "<?>";
}

struct evidence
stored_evidence(const struct query_row *row, struct pool *pool)
{
	struct evidence ev = {
		.client = address(told_row_text(row, FACT_CLIENT)),
		.client_name = "",
		.helo = told_row_text(row, FACT_HELO),
		.host_name = "",
		.mail_from = reverse_path(row),
		.queue_id = told_row_text(row, FACT_QUEUE_ID),
		.received = (time_t)row->columns[FACT_AT].number,
		.wait_ms = (int)row->columns[FACT_WAIT_MS].number,
		.headers = lists(row, pool),
		.sealed = row->columns[FACT_SEALED].text,
		.relay = { .is_relay = row->columns[FACT_IS_RELAY].number != 0 },
		.spf = spf(row),
		.from = { .status =
			      word_from_status(told_row_text(row, FACT_FROM_STATUS)),
		    .bounce = word_from_bounce(told_row_text(row, FACT_BOUNCE)),
		    .domain = told_row_text(row, FACT_HEADER_FROM) },
		.dmarc = dmarc(row),
		.list = lists_that_signed(row),
	};

	ev.day = day_local(ev.received);
	ev.dkim = json_read_signatures(
	    told_row_text(row, FACT_SIGNATURES), pool, &ev.dkim_count);
	ev.forward.forwarded = forwarded(row, &ev);
	ev.forward.client_confirmed = row->columns[FACT_CLIENT_CONFIRMED].text;
	return ev;
}
