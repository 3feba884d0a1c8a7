#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/day.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/oserror.h"
#include "base/text.h"
#include "config.h"
#include "config/config.h"
#include "dns/resolver.h"
#include "dns/trouble.h"
#include "history/history.h"
#include "metrics_file.h"
#include "outcome/metrics.h"
#include "outcome/outcome.h"
#include "parts.h"

#define WRITE_MS 15000
#define WHY_OCTETS 400

struct metrics_file {
	pthread_mutex_t
	    lock;            /* of the next three; never held while anything is written */
	pthread_cond_t work; /* a reload, or the end */
	bool changed, ending;
	uint64_t reloads, refused;

	bool running; /* by who opened it */
	pthread_t thread;
	struct parts_store *store;
	time_t start;

	/* The thread's own. */
	char *path; /* that it wrote last; NULL: none */
	dev_t device;
	ino_t inode; /* 0: nothing stands there that is ours */
	bool failing;
};

static bool
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* A file of its own first: who reads ${path} sees all of it or none. */
static bool
replace(struct metrics_file *f, const struct text *text, const char *made)
{
	struct stat st;
	int fd, error;
	bool ok;

	unlink(made);
	/* Nothing that anybody put there meanwhile is followed or written to. */
	fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return false;
	/* The unit's UMask closes it, and others are to read it. */
	ok = write_all(fd, text->data, text->len) && fchmod(fd, 0644) == 0 &&
	     fstat(fd, &st) == 0;
	ok = close(fd) == 0 && ok;
	if (ok && rename(made, f->path) == 0) {
		f->device = st.st_dev;
		f->inode = st.st_ino;
		return true;
	}
	error = errno;
	unlink(made);
	errno = error;
	return false;
}

static void
write_text(struct metrics_file *f, const struct text *text)
{
	size_t size = strlen(f->path) + sizeof ".new";
	char *made = mem_alloc(size);
	bool ok;

	snprintf(made, size, "%s.new", f->path);
	ok = replace(f, text, made);
	if (!ok && !f->failing)
		log_warning("Metrics %s: cannot be written: %s; tried again every 15 s",
		    f->path, oserror_text(errno));
	if (ok && f->failing)
		log_info("Metrics %s is written again", f->path);
	f->failing = !ok;
	free(made);
}

/* What we wrote goes, and nothing that somebody else put in its place. */
static void
remove_file(struct metrics_file *f)
{
	struct stat st;

	if (f->path != NULL && f->inode != 0 && lstat(f->path, &st) == 0 &&
	    st.st_dev == f->device && st.st_ino == f->inode)
		unlink(f->path);
	free(f->path);
	f->path = NULL;
	f->inode = 0;
	f->failing = false;
}

static uint64_t
file_octets(const char *path, const char *end)
{
	char name[PATH_MAX];
	struct stat st;

	snprintf(name, sizeof name, "%s%s", path, end);
	return stat(name, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static struct metrics_dns
dns_figures(const struct parts *parts)
{
	struct resolver_stats s = resolver_stats(parts->resolver);
	const char *why;

	return (struct metrics_dns){ .lookups = s.lookups,
		.hits = s.hits,
		.sent = s.sent,
		.timeouts = s.timeouts,
		.bogus = s.bogus,
		.refused = s.refused,
		.cache_entries = s.entries,
		.cache_bytes = s.bytes,
		.in_flight = s.in_flight,
		.outage = atomic_load(&parts->trouble->outage_since) != 0,
		.validates = resolver_validates(parts->resolver, &why) };
}

/* ${lost}, ${states}: a word for each cause and state, filled in. */
static struct metrics_history
history_figures(const struct parts *parts, time_t now, struct metrics_word *lost,
    struct metrics_word *states)
{
	struct history_counts c = { 0 };
	const char *path = parts->config->history;

	if (parts->history != NULL)
		c = history_counts(parts->history);
	for (enum history_cause i = 0; i < HISTORY_CAUSE_COUNT; i++)
		lost[i] = (struct metrics_word){ history_loss_name(i), c.lost[i] };
	for (enum history_state i = 0; i < HISTORY_STATE_COUNT; i++)
		states[i] = (struct metrics_word){ history_file_state_name(i),
			parts->history != NULL && c.state == i };
	return (struct metrics_history){ .rows = c.rows,
		.commits = c.commits,
		.commit_seconds = c.commit_seconds,
		.queue_facts = c.queue_facts,
		.queue_bytes = c.queue_bytes,
		.queue_age_seconds = c.queue_age_seconds,
		.oldest_seconds = c.oldest_at != 0 ? difftime(now, c.oldest_at) : 0,
		.size_bytes = parts->history != NULL
				  ? file_octets(path, "") + file_octets(path, "-wal")
				  : 0,
		.lost = lost,
		.lost_count = HISTORY_CAUSE_COUNT,
		.states = states,
		.state_count = HISTORY_STATE_COUNT };
}

static void
write_figures(struct metrics_file *f, const struct parts *parts)
{
	const struct config *config = parts->config;
	const bool enforces = config->mode == CONFIG_ENFORCE;
	const struct outcome_counts counts = outcome_counts(parts->outcome);
	struct metrics_word lost[HISTORY_CAUSE_COUNT], states[HISTORY_STATE_COUNT];
	time_t now = time(NULL);
	struct metrics_figures figures = {
		.outcome = &counts,
		.dns = dns_figures(parts),
		.history = history_figures(parts, now, lost, states),
		.version = PACKAGE_VERSION,
		.mode = enforces ? "enforce" : "monitor",
		.enforces = enforces,
		.start = f->start,
		.overrides = config->override_count,
		.overrides_expired = config_expired(config, day_local(now)),
	};
	struct text text = { 0 };

	pthread_mutex_lock(&f->lock);
	figures.reloads = f->reloads;
	figures.reloads_refused = f->refused;
	pthread_mutex_unlock(&f->lock);
	metrics_text(&figures, &text);
	write_text(f, &text);
	text_free(&text);
}

/* Go by the settings in force.  Returns whether they name a file. */
static bool
take_turn(struct metrics_file *f)
{
	const struct parts *parts = parts_get(f->store);
	const char *path = parts->config->metrics;
	bool wanted = *path != '\0';

	if (f->path != NULL && strcmp(f->path, path) != 0)
		remove_file(f);
	if (wanted && f->path == NULL)
		f->path = mem_strdup(path);
	if (wanted)
		write_figures(f, parts);
	parts_put(f->store, parts);
	return wanted;
}

/* Until there is something to do; false: the end. */
static bool
rest(struct metrics_file *f, bool wanted)
{
	struct timespec until = deadline_in(WRITE_MS);
	int late = 0;
	bool go_on;

	pthread_mutex_lock(&f->lock);
	while (late == 0 && !f->changed && !f->ending)
		late = wanted ? pthread_cond_timedwait(&f->work, &f->lock, &until)
			      : pthread_cond_wait(&f->work, &f->lock);
	f->changed = false;
	go_on = !f->ending;
	pthread_mutex_unlock(&f->lock);
	return go_on;
}

static void *
write_for_ever(void *cookie)
{
	struct metrics_file *f = cookie;

	while (rest(f, take_turn(f)))
		continue;
	remove_file(f);
	return NULL;
}

/* Where no file is wanted there is no thread either, until a reload wants one. */
static bool
run_if_wanted(struct metrics_file *f, char *why, size_t whysize)
{
	const struct parts *parts = parts_get(f->store);
	bool wanted = *parts->config->metrics != '\0';
	int error;

	parts_put(f->store, parts);
	if (!wanted || f->running)
		return true;
	error = pthread_create(&f->thread, NULL, write_for_ever, f);
	f->running = error == 0;
	if (!f->running)
		snprintf(why, whysize, "Metrics: cannot start a thread: %s",
		    oserror_text(error));
	return f->running;
}

struct metrics_file *
metrics_file_open(struct parts_store *store, char *why, size_t whysize)
{
	struct metrics_file *f = mem_alloc(sizeof *f);

	pthread_mutex_init(&f->lock, NULL);
	deadline_cond_init(&f->work);
	f->store = store;
	f->start = time(NULL);
	if (run_if_wanted(f, why, whysize))
		return f;
	metrics_file_close(f);
	return NULL;
}

void
metrics_file_reloaded(struct metrics_file *f, bool ok)
{
	char why[WHY_OCTETS];

	pthread_mutex_lock(&f->lock);
	f->reloads += ok;
	f->refused += !ok;
	f->changed = true;
	pthread_cond_signal(&f->work);
	pthread_mutex_unlock(&f->lock);
	if (!run_if_wanted(f, why, sizeof why))
		log_error("%s", why);
}

void
metrics_file_close(struct metrics_file *f)
{
	if (f == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	f->ending = true;
	pthread_cond_signal(&f->work);
	pthread_mutex_unlock(&f->lock);
	if (f->running)
		pthread_join(f->thread, NULL);
	pthread_cond_destroy(&f->work);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

bool
metrics_file_check(const struct config *config, char *why, size_t whysize)
{
	const char *path = config->metrics, *slash = strrchr(path, '/');
	struct stat st;
	char *folder;
	bool good = false;

	if (slash == NULL) /* none is wanted */
		return true;
	folder = mem_strdup(path);
	folder[slash == path ? 1 : slash - path] = '\0';
	if (stat(folder, &st) == -1)
		snprintf(why, whysize, "Metrics %s: %s: %s", path, folder,
		    oserror_text(errno));
	else if (!S_ISDIR(st.st_mode))
		snprintf(why, whysize, "Metrics %s: %s: not a directory", path, folder);
	else if (access(folder, W_OK | X_OK) == -1)
		snprintf(why, whysize, "Metrics %s: this user may not write to %s", path,
		    folder);
	else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		snprintf(why, whysize, "Metrics %s: is not a regular file", path);
	else
		good = true;
	free(folder);
	return good;
}
