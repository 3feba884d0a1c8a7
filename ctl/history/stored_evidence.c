#include <string.h>
#include <time.h>

#include "base/day.h"
#include "base/pool.h"
#include "ctl/history/stored_evidence.h"
#include "ctl/history/told_row.h"
#include "ctl/json.h"
#include "history/query.h"
#include "mail/header.h"

/* Words that the file should not hold are the strictest that they can be. */

static enum spf_result
spf_result(const char *word)
{
	for (enum spf_result r = SPF_NONE; r <= SPF_PERMERROR; r++) {
		if (strcmp(evidence_spf_name(r), word) == 0)
			return r;
	}
	return SPF_NONE;
}

static enum dmarc_result
dmarc_result(const char *word)
{
	for (enum dmarc_result r = DMARC_NONE; r <= DMARC_PERMERROR; r++) {
		if (strcmp(evidence_dmarc_name(r), word) == 0)
			return r;
	}
	return DMARC_PERMERROR;
}

static enum dmarc_policy
dmarc_policy(const char *word)
{
	for (enum dmarc_policy p = DMARC_P_NONE; p <= DMARC_P_REJECT; p++) {
		if (strcmp(evidence_policy_name(p), word) == 0)
			return p;
	}
	return DMARC_P_REJECT;
}

static enum from_status
from_status(const char *word)
{
	for (enum from_status s = FROM_OK; s <= FROM_HEADER_FLOOD; s++) {
		if (strcmp(evidence_from_name(s), word) == 0)
			return s;
	}
	return FROM_MALFORMED;
}

static enum from_bounce
from_bounce(const char *word)
{
	if (strcmp(word, "mailer") == 0)
		return FROM_BOUNCE_MAILER;
	return strcmp(word, "word") == 0 ? FROM_BOUNCE_WORD : FROM_BOUNCE_NAMELESS;
}

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
		.result = dmarc_result(told_row_text(row, FACT_DMARC)),
		.policy_known = row->columns[FACT_POLICY_KNOWN].number != 0,
		.policy = dmarc_policy(told_row_text(row, FACT_POLICY)),
		.published = dmarc_policy(told_row_text(row, FACT_PUBLISHED)),
		.test_mode = row->columns[FACT_TEST_MODE].number != 0,
		.sampled_out = row->columns[FACT_SAMPLED_OUT].number != 0,
		.pct_zero = row->columns[FACT_PCT_ZERO].number != 0,
		.spf_aligned = row->columns[FACT_SPF_ALIGNED].number != 0,
		.dkim_aligned = row->columns[FACT_DKIM_ALIGNED].number != 0,
		.reason = row->columns[FACT_REASON].text,
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
		.relay = { .is_relay = row->columns[FACT_IS_RELAY].number != 0 },
		.spf = { .result = spf_result(told_row_text(row, FACT_SPF)),
		    .domain = told_row_text(row, FACT_SPF_DOMAIN),
		    .reason = row->columns[FACT_SPF_REASON].text },
		.from = { .status = from_status(told_row_text(row, FACT_FROM_STATUS)),
		    .bounce = from_bounce(told_row_text(row, FACT_BOUNCE)),
		    .domain = told_row_text(row, FACT_HEADER_FROM) },
		.dmarc = dmarc(row),
		.list = lists_that_signed(row),
	};

	ev.day = day_local(ev.received);
	ev.dkim = json_read_signatures(
	    told_row_text(row, FACT_SIGNATURES), pool, &ev.dkim_count);
	return ev;
}
