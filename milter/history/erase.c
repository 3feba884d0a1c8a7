#include "history/erase.h"

/* What is freed is overwritten; steps go with their message. */
static const char ready[] = "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
			    "BEGIN IMMEDIATE";

static enum store_status
end(struct store *store, enum store_status status)
{
	if (status == STORE_OK)
		status = store_script(store, "COMMIT");
	if (status != STORE_OK)
		store_script(store, "ROLLBACK");
	return status;
}

enum store_status
erase_messages(struct store *store, const int64_t *ids, size_t count)
{
	enum store_status status = store_script(store, ready);

	if (status != STORE_OK)
		return status;
	for (size_t i = 0; i < count && status == STORE_OK; i++)
		status = store_run(store, "DELETE FROM message WHERE id=?",
		    &STORE_NUMBER(ids[i]), 1, NULL, NULL);
	return end(store, status);
}

#define IS_NAMED                                      \
	" (header_from=?1 OR (substr(?1,1,1)='.' AND" \
	" substr('.'||header_from,-length(?1))=?1))"

enum store_status
erase_counted_name(struct store *store, const char *domain, int64_t *changed)
{
	const struct fact_value name = STORE_TEXT(domain);
	enum store_status status = store_script(store, ready);

	if (status != STORE_OK)
		return status;
	status = store_run(store,
	    "INSERT INTO daily SELECT day, '*',"
	    " CASE policy_domain WHEN '' THEN '' ELSE '*' END, dmarc,"
	    " policy, would, action, spf_aligned, dkim_aligned, sum(n) FROM daily"
	    " WHERE" IS_NAMED " GROUP BY 1,3,4,5,6,7,8,9"
	    " ON CONFLICT DO UPDATE SET n=n+excluded.n",
	    &name, 1, NULL, NULL);
	if (status == STORE_OK)
		status = store_run(
		    store, "DELETE FROM daily WHERE" IS_NAMED, &name, 1, NULL, NULL);
	if (status == STORE_OK)
		*changed = store_changes(store);
	return end(store, status);
}

static bool
is_busy(const struct fact_value *cells, size_t count, void *cookie)
{
	bool *busy = cookie;

	*busy = count == 0 || cells[0].number != 0;
	return false;
}

enum store_status
erase_finish(struct store *store, bool *done)
{
	bool busy = true;
	enum store_status status =
	    store_run(store, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, 0, is_busy, &busy);

	*done = !busy;
	return status;
}
