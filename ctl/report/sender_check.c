#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/oserror.h"
#include "base/pool.h"
#include "base/text.h"
#include "config/config.h"
#include "ctl/finding.h"
#include "ctl/history/access.h"
#include "ctl/history/shared.h"
#include "ctl/page.h"
#include "ctl/report/sender.h"
#include "ctl/report/sender_check.h"
#include "ctl/text.h"
#include "parts.h"

#define CONNECT_SECONDS 30

static void
check_history(const struct config *config, size_t *count)
{
	if (*config->history == '\0')
		finding_mend(count, "History /var/lib/beschermd/history.db", "%s",
		    _("no history is kept, and reports are made from it"));
	else
		finding_well(_("reports are made from %s"),
		    *config->history_shared != '\0' ? "HistoryShared" : config->history);
}

static void
check_choice(const struct config *config, size_t *count)
{
	const size_t domains = config->report_domains.count;

	if (config->reports_incomplete)
		finding_mend(count, _("see beschermd -n"), "%s",
		    _("the lists of ReportDomains and ReportExclude are not complete"));
	if (config->reports == CONFIG_REPORTS_NO)
		finding_look(
		    "%s", _("Reports is no: nothing is sent until it is listed"));
	else if (config->reports == CONFIG_REPORTS_KNOWN)
		finding_look(_("Reports is known: whoever sent mail on %d days gets "
			       "reports, and spammers "
			       "can do that"),
		    config->report_minimum_days);
	else if (domains == 0)
		finding_mend(count, "ReportDomains file:/etc/beschermd/report-domains",
		    "%s", _("no domain is listed: nobody gets a report"));
	else
		finding_well(ngettext("%zu domain is listed", "%zu domains are listed",
				 (unsigned long)domains),
		    domains);
}

static void
check_program(const struct config *config, size_t *count)
{
	const char *program = config->report_sendmail;

	if (access(program, X_OK) == 0)
		finding_well(_("%s takes the mail"), program);
	else
		finding_mend(count, _("set ReportSendmail to the sendmail of your MTA"),
		    "%s: %s", program, oserror_text(errno));
}

/*
 * Reports of two hosts with one name have one id, and readers keep one of them.  Who
 * shares a history goes on with what another began: the same mail, by the same settings.
 */
static void
check_hosts(const struct access *access, size_t *count)
{
	struct shared *shared = NULL;

	if (*access->config->history_shared == '\0')
		finding_look("%s",
		    _("this host reports what it judged itself: if several hosts do, "
		      "share a "
		      "history (HistoryShared) or give each its own ReportSubmitter"));
	else if (access_connect(access, CONNECT_SECONDS, &shared) != EX_OK)
		finding_mend(count, _("see \"beschermctl ship\""), "%s",
		    _("the history that all hosts share cannot be read"));
	else
		finding_look(
		    "%s", _("one host at a time reports what all have shipped to "
			    "HistoryShared: give all the same settings Report*"));
	shared_close(shared);
}

static void
check_bounces(const struct config *config, size_t *count)
{
	struct text new = { 0 };

	text_printf(&new, "%s/new", config->report_bounces);
	if (*config->report_bounces == '\0')
		finding_look("%s", _("ReportBounces is not set: addresses whose mail "
				     "comes back keep getting "
				     "reports"));
	else if (access(new.data, R_OK | W_OK | X_OK) == 0)
		finding_well(
		    _("what comes back is read from %s"), config->report_bounces);
	else
		finding_mend(count,
		    _("a Maildir, whose new and cur belong to the user of the filter"),
		    "%s: %s", new.data, oserror_text(errno));
	text_free(&new);
}

static void
check_policy(const struct sender *s, size_t *count)
{
	char quoted[PAGE_QUOTE_SIZE];

	if (s->policy_name == NULL)
		finding_mend(count,
		    _("publish \"v=DMARC1; p=reject\" there, without rua="),
		    _("no DMARC record applies to %s"), s->domain);
	else if (s->asks_reports)
		finding_mend(count,
		    _("give the domain of ReportFrom a record of its own without rua="),
		    _("the record at _dmarc.%s asks for reports, which answers reports "
		      "with reports: %s"),
		    s->policy_name, page_quote(s->policy, quoted));
	else
		finding_well(_("the record at _dmarc.%s asks for no reports: %s"),
		    s->policy_name, page_quote(s->policy, quoted));
}

static void
check_dns(const struct sender *s, size_t *count)
{
	if (s->trouble != NULL) {
		finding_mend(count, _("try again"), "%s: %s", s->domain, s->trouble);
		return;
	}
	check_policy(s, count);
	if (s->has_spf)
		finding_well(_("%s has an SPF record"), s->domain);
	else
		finding_mend(count, _("publish \"v=spf1 a:HOST -all\" there"),
		    _("%s has no SPF record"), s->domain);
	if (s->takes_mail)
		finding_well(
		    _("%s accepts mail: what cannot be delivered comes back"), s->domain);
	else
		finding_mend(count, _("publish an MX there"),
		    _("%s has no MX and no address: nothing can come back, and some "
		      "refuse such a sender"),
		    s->domain);
}

static void
check_sender(const struct config *config, const struct parts *parts, size_t *count)
{
	struct pool *pool = pool_new();
	struct sender s = sender_look(parts, config, pool);

	finding_well(
	    _("reports come from %s, in the name of %s"), s.address, s.submitter);
	check_dns(&s, count);
	if (!sender_is_ready(&s) && s.trouble == NULL)
		sender_advise(&s);
	else if (s.trouble == NULL)
		finding_look(
		    "%s", _("DKIM is added by the mail server: \"beschermctl "
			    "report --sample YOUR-ADDRESS\" shows if it passes"));
	pool_free(pool);
}

int
sender_check_print(const struct access *access, const struct parts *parts)
{
	const struct config *config = access->config;
	size_t count = 0;

	check_choice(config, &count);
	check_history(config, &count);
	check_program(config, &count);
	check_bounces(config, &count);
	check_hosts(access, &count);
	if (*config->report_from != '\0')
		check_sender(config, parts, &count);
	else
		finding_mend(&count, "ReportFrom dmarc@dmarc.example.nl", "%s",
		    _("ReportFrom is not set: whom do reports come from?"));
	return count > 0 ? EXIT_FAILURE : EX_OK;
}
