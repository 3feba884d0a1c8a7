#include <time.h>

#include "history/history_loss.h"

const char *
history_loss_name(enum history_cause cause)
{
	static const char *const names[] = {
		[HISTORY_LOST_QUEUE] = "queue",
		[HISTORY_LOST_DISK] = "disk",
		[HISTORY_LOST_SIZE] = "size",
		[HISTORY_LOST_BROKEN] = "broken",
		[HISTORY_LOST_STOP] = "stop",
		[HISTORY_LOST_REFUSED] = "refused",
	};

	return names[cause];
}

void
history_loss_count(
    struct history_losses *losses, enum history_cause cause, uint64_t lost, int64_t since)
{
	struct history_loss *loss = &losses->by_cause[cause];
	int64_t now = time(NULL);

	if (lost == 0)
		return;
	if (loss->lost == 0)
		loss->begin_at = since > 0 && since < now ? since : now;
	loss->end_at = now;
	loss->lost += lost;
}

void
history_loss_told(struct history_losses *losses, enum history_cause cause,
    const struct history_loss *told)
{
	struct history_loss *loss = &losses->by_cause[cause];

	loss->lost -= told->lost;
	loss->begin_at = told->end_at;
}

struct history_path_note
history_loss_sum(const struct history_losses *losses)
{
	struct history_path_note note = { 0 };

	for (size_t i = 0; i < HISTORY_CAUSE_COUNT; i++) {
		const struct history_loss *loss = &losses->by_cause[i];

		if (loss->lost == 0)
			continue;
		if (note.lost == 0 || loss->begin_at < note.begin_at)
			note.begin_at = loss->begin_at;
		if (loss->end_at > note.end_at)
			note.end_at = loss->end_at;
		note.lost += loss->lost;
	}
	return note;
}
