#ifndef HISTORY_HISTORY_LOSS_H
#define HISTORY_HISTORY_LOSS_H

#include "history/history_path.h"

/* Why messages are not remembered: gap.cause in the file. */
enum history_cause {
	HISTORY_LOST_QUEUE,  /* more than fit into the list */
	HISTORY_LOST_DISK,   /* the same, while there was no room on the disk */
	HISTORY_LOST_SIZE,   /* the same, while there was none in the file */
	HISTORY_LOST_BROKEN, /* the same, while the file was not for us */
	HISTORY_LOST_STOP,   /* not written when we had to end */
	HISTORY_LOST_REFUSED /* the file never takes that row: a fault of ours */
};
#define HISTORY_CAUSE_COUNT (HISTORY_LOST_REFUSED + 1)

/* Messages that were lost and of which no gap in the file tells yet. */
struct history_loss {
	uint64_t lost;
	int64_t begin_at, end_at;
};

/* By cause.  Whoever shares them locks them. */
struct history_losses {
	struct history_loss by_cause[HISTORY_CAUSE_COUNT];
};

const char *history_loss_name(enum history_cause cause); /* "queue", ... */

/* ${lost} more, now; ${since}: the oldest of them, or 0: now. */
void history_loss_count(struct history_losses *losses, enum history_cause cause,
    uint64_t lost, int64_t since);

/* ${told}, as it was read from ${losses}, stands in the file now. */
void history_loss_told(struct history_losses *losses, enum history_cause cause,
    const struct history_loss *told);

/* All of them as one, for the next who opens the file. */
struct history_path_note history_loss_sum(const struct history_losses *losses);

#endif
