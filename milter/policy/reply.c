#include <string.h>

#include "base/pool.h"
#include "config/config.h"
#include "mail/evidence.h"
#include "mail/reply_text.h"
#include "policy/reply.h"
#include "policy/verdict.h"

static const char *
default_template(const struct evidence *ev, const struct verdict *verdict)
{
	if (verdict->rule == RULE_UNAUTHENTICATED)
		return "Mail from %{from} is not accepted here unless it passes SPF or "
		       "DKIM: "
		       "%{reason}";
	if (verdict->would == ACTION_TEMPFAIL && ev->dmarc.result == DMARC_NONE)
		return "Whether mail from %{from} is genuine cannot be determined now "
		       "(%{reason}), please try again later";
	if (verdict->would == ACTION_TEMPFAIL)
		return "The DMARC policy of %{from} cannot be looked up now (%{reason}), "
		       "please try again later";
	if (reply_text_is_bad_from(ev))
		return "The From field must name one author domain: %{reason}";
	if (ev->dmarc.result == DMARC_TEMPERROR || verdict->override != NULL)
		return "Mail from %{from} is refused here unless it passes DMARC: "
		       "%{reason}";
	return "Refused by the DMARC policy of %{from} (p=%{policy}): %{reason}";
}

struct reply
reply_make(const struct config *config, const struct evidence *ev,
    const struct verdict *verdict, struct pool *pool)
{
	const char *text = "";

	if (verdict->would == ACTION_TEMPFAIL)
		return (struct reply){ "451", "4.7.0",
			reply_text_make(default_template(ev, verdict), ev, pool) };
	if (verdict->would != ACTION_REJECT)
		return (struct reply){ 0 };
	if (*config->reject_text != '\0')
		text = reply_text_make(config->reject_text, ev, pool);
	/* Nothing may be left of it: %{spf_explanation} is often empty. */
	if (text[strspn(text, " ")] == '\0')
		text = reply_text_make(default_template(ev, verdict), ev, pool);
	return (struct reply){ config->reject_code, config->reject_enhanced, text };
}
