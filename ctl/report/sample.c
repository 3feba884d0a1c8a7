#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/pool.h"
#include "base/text.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/option_value.h"
#include "ctl/report/hand_over.h"
#include "ctl/report/made_report.h"
#include "ctl/report/report_mail.h"
#include "ctl/report/sample.h"
#include "ctl/report/sender.h"
#include "ctl/text.h"
#include "mail/report_uri.h"

static int
result_code(const struct config *config, enum hand_over_result result, int code)
{
	if (result == HAND_OVER_SENT)
		return EX_OK;
	complaint_print(_("%s: exited with %d"), config->report_sendmail, code);
	return result == HAND_OVER_LATER ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

static int
send_to(const struct config *config, const struct sender *sender, const char *to,
    struct pool *pool)
{
	const int64_t now = time(NULL);
	struct made_report made;
	const struct report_mail mail = {
		.sender = sender,
		.report = &made,
		.domain = MADE_REPORT_SAMPLE_DOMAIN,
		.to = to,
		.n = 1,
		.at = now,
	};
	struct text text = { 0 };
	enum hand_over_result result;
	int code;

	made_report_sample(sender, now, pool, &made);
	report_mail_write(&text, &mail);
	result = hand_over_mail(
	    config->report_sendmail, sender->address, to, text.data, text.len, &code);
	text_free(&text);
	made_report_clear(&made);
	code = result_code(config, result, code);
	if (code == EX_OK)
		printf(_("A made-up report is on its way to %s: look there for "
			 "dmarc=pass in Authentication-Results.\n"),
		    to);
	return code;
}

int
sample_send(const struct config *config, const struct parts *parts, const char *to)
{
	struct pool *pool = pool_new();
	const char *address = report_uri_mailbox(to, strlen(to), pool);
	int code = EX_USAGE;

	if (address == NULL) {
		option_value_refuse("--sample", to, _("a mail address"));
	} else if (*config->report_from == '\0') {
		complaint_print("%s", _("the setting ReportFrom is missing"));
		code = EX_CONFIG;
	} else {
		struct sender sender = sender_look(parts, config, pool);

		code = send_to(config, &sender, address, pool);
	}
	pool_free(pool);
	return code;
}
