#ifndef CTL_HISTORY_OVERVIEW_PARTS_H
#define CTL_HISTORY_OVERVIEW_PARTS_H

#include "ctl/html.h"

struct overview;
struct query_day;

/* The sections of the page, a file each; overview_page.c opens and closes them. */
void overview_state_put(struct html *h, const struct overview *o);
void overview_days_put(struct html *h, const struct overview *o);
void overview_senders_put_refused(struct html *h, const struct overview *o);
void overview_senders_put_mixed(struct html *h, const struct overview *o);
void overview_senders_put_unprotected(struct html *h, const struct overview *o);
void overview_faults_put(struct html *h, const struct overview *o);
void overview_excepted_put(struct html *h, const struct overview *o);
void overview_kept_put(struct html *h, const struct overview *o);

/* Three kinds of mail as one bar: passes, cannot be checked, fails. */
void overview_days_bar(struct html *h, const struct query_day *day, int64_t whole);

#endif
