#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "conf.h"
#include "config/config.h"
#include "history/fact.h"
#include "history/store.h"
#include "history_place.h"
#include "mail/evidence.h"
#include "policy/verdict.h"

static void
must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "history_place: %s\n", what);
	abort();
}

void
history_place_open(struct history_place *place)
{
	strcpy(place->folder, "/tmp/beschermd-history-XXXXXX");
	must(mkdtemp(place->folder) != NULL, "no folder");
	snprintf(place->path, sizeof place->path, "%s/history.db", place->folder);
}

void
history_place_close(struct history_place *place)
{
	DIR *folder = opendir(place->folder);
	struct dirent *entry;
	char path[512];

	must(folder != NULL, "the folder is gone");
	while ((entry = readdir(folder)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", place->folder, entry->d_name);
		unlink(path);
	}
	closedir(folder);
	must(rmdir(place->folder) == 0, "the folder stays");
}

struct fact *
history_place_fact(const char *domain, int64_t at, struct history_settings *settings)
{
	struct config *config = conf_good("");
	struct pool *pool = pool_new();
	struct evidence ev = {
		.queue_id = "4TEST",
		.mail_from = "<joe@example.org>",
		.helo = "mx.example.org",
		.received = (time_t)at,
		.headers = header_list_new(pool,
		    (struct header_limits){ .bytes = 1000, .fields = 10 }, "mx", NULL),
		.from = { .status = FROM_OK, .domain = domain },
		.spf = { .result = SPF_FAIL, .domain = domain },
		.dmarc = { .result = DMARC_FAIL,
		    .policy = DMARC_P_REJECT,
		    .published = DMARC_P_REJECT,
		    .record_domain = domain,
		    .record = "v=DMARC1; p=reject; rua=mailto:a@example.org; psd=n" },
	};
	struct verdict verdict = { .action = ACTION_REJECT,
		.would = ACTION_REJECT,
		.rule = RULE_POLICY_REJECT };
	struct fact *fact;

	ip_parse("192.0.2.1", &ev.client);
	fact = fact_new(config, &ev, &verdict);
	fact->settings = settings;
	pool_free(pool);
	config_free(config);
	return fact;
}

static struct store *
open_store(const char *path)
{
	struct store_options options = { .path = path, .busy_ms = 1000 };
	enum store_status status;
	char why[200];
	struct store *store = store_open(&options, &status, why, sizeof why);

	must(store != NULL, "the history cannot be opened");
	return store;
}

int64_t
history_place_ask(const char *path, const char *sql)
{
	struct store *store = open_store(path);
	int64_t number = -1;

	if (store_ask(store, sql, NULL, 0, &number) != STORE_OK)
		number = -1;
	store_close(store);
	return number;
}

void
history_place_do(const char *path, const char *sql)
{
	struct store *store = open_store(path);

	must(store_script(store, sql) == STORE_OK, store_error(store));
	store_close(store);
}
