#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/oserror.h"
#include "base/text.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/report/report_metrics.h"
#include "history/query.h"
#include "history/report_state.h"

#define FILE_NAME "report.prom"
#define WHY_OCTETS 1024

struct counter {
	const char *metric, *help;
	const char *sent_key, *failed_key; /* in table meta */
};

static const struct counter reports = { "beschermd_reports_total",
	"Aggregate reports, by what became of them", "reports_sent", "reports_failed" };
static const struct counter mails = { "beschermd_report_mails_total",
	"Mails of aggregate reports, by what became of them", "report_mails_sent",
	"report_mails_failed" };

static bool
put_counter(struct text *out, struct store *store, const struct counter *c, int64_t sent,
    int64_t failed)
{
	int64_t all_sent = 0, all_failed = 0;

	if (report_state_count(store, c->sent_key, sent, &all_sent) != STORE_OK ||
	    report_state_count(store, c->failed_key, failed, &all_failed) != STORE_OK)
		return false;
	text_printf(out,
	    "# HELP %s %s.\n# TYPE %s counter\n"
	    "%s{state=\"sent\"} %" PRId64 "\n%s{state=\"failed\"} %" PRId64 "\n",
	    c->metric, c->help, c->metric, c->metric, all_sent, c->metric, all_failed);
	return true;
}

static void
put_gauge(struct text *out, const char *name, const char *help, int64_t value)
{
	text_printf(out, "# HELP %s %s.\n# TYPE %s gauge\n%s %" PRId64 "\n", name, help,
	    name, name, value);
}

/* Whole or not at all: somebody may read it at any time. */
static void
write_file(const char *path, const struct text *text)
{
	struct text new = { 0 };
	bool ok = false;
	int fd;

	text_printf(&new, "%s.new", path);
	unlink(new.data);
	fd = open(new.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd != -1) {
		ok = fchmod(fd, 0644) == 0 &&
		     write(fd, text->data, text->len) == (ssize_t)text->len;
		close(fd);
	}
	if (!ok || rename(new.data, path) != 0)
		complaint_print("%s: %s", new.data, oserror_text(errno));
	text_free(&new);
}

/* Both counters, from where they are kept. */
static bool
put_counters(
    struct text *out, const struct config *config, const struct report_metrics *m)
{
	enum store_status status;
	char why[WHY_OCTETS];
	struct query *own = query_open(config->history, &status, why, sizeof why);
	bool known = false;

	if (own == NULL)
		complaint_print("%s", why);
	else
		known = put_counter(out, query_store(own), &reports, m->reports_sent,
			    m->reports_failed) &&
			put_counter(out, query_store(own), &mails, m->mails_sent,
			    m->mails_failed);
	query_close(own);
	return known;
}

void
report_metrics_add(const struct config *config, const struct report_metrics *m)
{
	const char *slash = strrchr(config->metrics, '/');
	struct text out = { 0 }, path = { 0 };
	bool known;

	if (*config->history == '\0')
		return;
	known = put_counters(&out, config, m);
	put_gauge(&out, "beschermd_report_waiting",
	    "Aggregate reports that wait for the next run", m->reports_waiting);
	put_gauge(&out, "beschermd_report_last_run_timestamp_seconds",
	    "When reports were last made", m->at);
	if (known && slash != NULL) {
		text_printf(&path, "%.*s/" FILE_NAME, (int)(slash - config->metrics),
		    config->metrics);
		write_file(path.data, &out);
	}
	text_free(&path);
	text_free(&out);
}
