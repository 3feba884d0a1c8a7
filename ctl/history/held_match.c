#include <string.h>

#include "ctl/history/held_match.h"
#include "ctl/history/told_row.h"
#include "ctl/postfix/queue.h"
#include "history/query.h"
#include "policy/verdict.h"

/* Both clocks tell when MAIL came, and an id is not used again so soon. */
#define SECONDS_APART 60
#define ROWS_MAX 16

enum store_status
held_match_find(struct query *query, const struct queue_item *item, struct pool *pool,
    const struct query_row **row)
{
	const struct query_filter filter = {
		.queue_id = item->id,
		.since = item->arrival - SECONDS_APART,
		.until = item->arrival + SECONDS_APART + 1,
	};
	struct query_page page = { .pool = pool, .at = INT64_MAX, .id = INT64_MAX };
	enum store_status status = query_next(query, &filter, ROWS_MAX, &page);

	*row = NULL;
	for (size_t i = 0; status == STORE_OK && i < page.count; i++) {
		if (strcmp(told_row_text(&page.rows[i], FACT_ACTION),
			verdict_action_name(ACTION_HOLD)) == 0) {
			*row = page.rows + i;
			break;
		}
	}
	return status;
}
