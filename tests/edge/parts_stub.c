/*
 * Parts without checks: the settings and nothing else, in place of milter/parts.c; and
 * so no libraries for -V, in place of milter/guards.c.
 * A reload takes 400 ms if RECORD_SLOW_RELOAD is set.
 * A ZoneFile that is set, but cannot be read, is an error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "dns/resolver.h"
#include "guards.h"
#include "metrics_file.h"
#include "parts.h"
#include "remember.h"
#include "status.h"

struct parts_store {
	struct parts parts;
	struct config *config;
};

static int
check(const struct config *config, char *why, size_t whysize)
{
	const char *path = config->zone_file;

	if (*path == '\0' || access(path, R_OK) == 0)
		return 0;
	snprintf(why, whysize, "ZoneFile %s cannot be read", path);
	return -1;
}

struct parts_store *
parts_open(struct config *config, char *why, size_t whysize)
{
	struct parts_store *store;

	if (check(config, why, whysize) == -1) {
		config_free(config);
		return NULL;
	}
	store = mem_alloc(sizeof *store);
	store->parts.config = store->config = config;
	return store;
}

bool
parts_watch_servers(const struct config *config)
{
	(void)config;
	return false;
}

int
/* NOLINTNEXTLINE(readability-non-const-parameter): as parts.h has it */
parts_refresh(struct parts_store *store, char *why, size_t whysize)
{
	(void)store;
	(void)why;
	(void)whysize;
	return 0;
}

int
parts_reload(struct parts_store *store, struct config *config, char *why, size_t whysize)
{
	if (check(config, why, whysize) == -1) {
		config_free(config);
		return -1;
	}
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it here */
	if (getenv("RECORD_SLOW_RELOAD") != NULL) {
		struct timespec left = { 0, 400 * 1000000L };

		while (nanosleep(&left, &left) == -1 && errno == EINTR)
			continue;
	}
	config_free(store->config);
	store->parts.config = store->config = config;
	return 0;
}

/* NOLINTBEGIN(readability-non-const-parameter): as the real ones have them */
int
parts_remember(struct parts_store *store, char *why, size_t whysize)
{
	(void)store;
	(void)why;
	(void)whysize;
	return 0;
}

void
parts_settle(struct parts_store *store, int timeout_ms)
{
	(void)store;
	(void)timeout_ms;
}

struct metrics_file {
	struct parts_store *store;
};

struct metrics_file *
metrics_file_open(struct parts_store *store, char *why, size_t whysize)
{
	struct metrics_file *file = mem_alloc(sizeof *file);

	(void)why;
	(void)whysize;
	file->store = store;
	return file;
}

void
metrics_file_reloaded(struct metrics_file *file, bool ok)
{
	(void)file;
	(void)ok;
}

void
metrics_file_close(struct metrics_file *file)
{
	free(file);
}

bool
metrics_file_check(const struct config *config, char *why, size_t whysize)
{
	(void)config;
	(void)why;
	(void)whysize;
	return true;
}

bool
remember_check(const struct config *config, bool is_served, char *why, size_t whysize)
{
	(void)config;
	(void)is_served;
	(void)why;
	(void)whysize;
	return true;
}
/* NOLINTEND(readability-non-const-parameter) */

const struct parts *
parts_get(struct parts_store *store)
{
	return &store->parts;
}

void
parts_put(struct parts_store *store, const struct parts *parts)
{
	(void)store;
	(void)parts;
}

void
parts_close(struct parts_store *store)
{
	if (store == NULL)
		return;
	config_free(store->config);
	free(store);
}

bool
resolver_validates(const struct resolver *r, const char **why)
{
	(void)r;
	*why = "no resolver here";
	return false;
}

const char *
status_text(const struct parts *parts, bool refused, char text[STATUS_SIZE])
{
	(void)parts;
	(void)refused;
	*text = '\0';
	return text;
}

void
guards_print(FILE *out)
{
	(void)out;
}
