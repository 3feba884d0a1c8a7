#ifndef CTL_REPORT_SOLE_SENDER_H
#define CTL_REPORT_SOLE_SENDER_H

#include <stdint.h>

struct access;

/*
 * Who may send reports of a history: one run at a time, and of a history that several
 * hosts share (HistoryShared) one host, once the others have shipped what is to be told.
 */

/*
 * Become the one.  *fd: to close() when all is done, or -1, where the connection to the
 * server is what holds it: it is lost with that, and then nothing can be written either.
 * EX_OK, or what to exit with, which has been said: another is the one.
 */
int sole_sender_begin(const struct access *access, int *fd);

/*
 * Wait until each host that wrote within three days has shipped all from before ${end},
 * the end of a day in UTC seconds; not beyond half a day after it, and then it is said
 * who has not.  *waited: how long, in seconds.  Where nobody shares there is nobody to
 * wait for.  EX_OK, or what to exit with, which has been said.
 */
int sole_sender_wait(const struct access *access, int64_t end, int64_t *waited);

/* Only say who has not. */
int sole_sender_look(const struct access *access, int64_t end);

#endif
