#include <inttypes.h>
#include <time.h>

#include "base/buf.h"
#include "base/day.h"
#include "config/config.h"
#include "dns/trouble.h"
#include "history/history.h"
#include "outcome/outcome.h"
#include "parts.h"
#include "status.h"

static void
put_count(struct buf *b, uint64_t count, const char *what, const char *before)
{
	if (count > 0)
		buf_printf(b, "%s%" PRIu64 " %s", before, count, what);
}

static void
put_messages(struct buf *b, const struct outcome_counts *c)
{
	buf_printf(b, "%" PRIu64 " message%s", c->messages, c->messages == 1 ? "" : "s");
	put_count(b, c->rejected, "refused", ", ");
	put_count(b, c->deferred, "deferred", ", ");
	put_count(b, c->held, "held", ", ");
	put_count(b, c->marked, "marked", ", ");
}

static void
put_trouble(struct buf *b, bool is, const char *what)
{
	if (is)
		buf_printf(b, "; trouble: %s", what);
}

/* What it keeps from being remembered is in the log. */
static void
put_history(struct buf *b, struct history *history)
{
	enum history_state state = HISTORY_OK;

	if (history != NULL)
		state = history_counts(history).state;
	if (state != HISTORY_OK)
		buf_printf(
		    b, "; trouble: the history is %s", history_file_state_name(state));
}

static void
put_expired(struct buf *b, size_t expired)
{
	if (expired > 0)
		buf_printf(b, "; trouble: %zu Override%s ended", expired,
		    expired == 1 ? "" : "s");
}

const char *
status_text(const struct parts *parts, bool refused, char text[STATUS_SIZE])
{
	const struct outcome_counts counts = outcome_counts(parts->outcome);
	struct buf b;

	buf_init(&b, text, STATUS_SIZE);
	buf_puts(&b, parts->config->mode == CONFIG_ENFORCE
			 ? "enforcing: "
			 : "monitoring, nothing is refused: ");
	put_messages(&b, &counts);
	put_trouble(&b, atomic_load(&parts->trouble->outage_since) != 0,
	    "no name server answers");
	put_trouble(
	    &b, atomic_load(&parts->trouble->no_dnssec), "DNSSEC is not in force");
	put_history(&b, parts->history);
	put_expired(&b, config_expired(parts->config, day_local(time(NULL))));
	put_trouble(&b, refused, "the last reload was refused, the old settings stay");
	return text;
}
