#ifndef CTL_JUDGE_REASON_H
#define CTL_JUDGE_REASON_H

#include "ctl/page.h"

struct judged;

/*
 * A phrase of milter/, such as "no SPF record" or "DNS failed: no answer in time", in the
 * language of the reader and safe to print; in ${quoted}, which is returned.
 */
const char *reason_quote(const char *phrase, char quoted[PAGE_QUOTE_SIZE]);

/* Why a message does not pass, likewise: ${judged}->reason.  "": it passes. */
const char *reason_of(const struct judged *judged, char quoted[PAGE_QUOTE_SIZE]);

#endif
