#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/oserror.h"
#include "base/pool.h"
#include "base/wordlist.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/report/bounces.h"
#include "ctl/text.h"
#include "history/report_state.h"
#include "mail/dsn.h"

#define MESSAGE_MAX ((size_t)256 * 1024)
#define MESSAGES_MAX 10000
#define REASON_MAX 60

struct bounces {
	struct query *history;
	const char *maildir;
	int new_fd, cur_fd;
	int64_t now;
	int64_t suppressed;
};

/* The begin of a file of somebody else's; a pipe would keep us waiting. */
static char *
read_begin(int dir, const char *name, size_t *len)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char *text = NULL;
	ssize_t got = 1;

	*len = 0;
	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		text = mem_alloc(MESSAGE_MAX);
		while (*len < MESSAGE_MAX && got > 0) {
			got = read(fd, text + *len, MESSAGE_MAX - *len);
			*len += got > 0 ? (size_t)got : 0;
		}
	}
	close(fd);
	return text;
}

/*
 * Which of the report's addresses: that of the mail's number; where the returned header
 * was cut, the one that the notification names.  An address that got no report of ours
 * cannot be meant.
 */
static const char *
address_of(struct bounces *b, const struct dsn *dsn, struct pool *pool)
{
	struct report_mail_state *mails;
	size_t count = 0;

	if (report_state_mails(b->history, dsn->report_id, pool, &mails, &count) !=
	    STORE_OK)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (dsn->n > 0 ? mails[i].n == dsn->n
			       : strcasecmp(mails[i].address, dsn->recipient) == 0)
			return mails[i].address;
	}
	return NULL;
}

static void
put_away(struct bounces *b, const char *name)
{
	char *read_name = NULL;

	if (asprintf(&read_name, "%s%s", name, strchr(name, ':') == NULL ? ":2," : "") ==
	    -1)
		return;
	if (renameat(b->new_fd, name, b->cur_fd, read_name) == -1)
		complaint_print("%s/new/%s: %s", b->maildir, name, oserror_text(errno));
	free(read_name);
}

static enum store_status
take_bounce(struct bounces *b, const struct dsn *dsn, const char *name, struct pool *pool)
{
	const char *address = address_of(b, dsn, pool);
	char reason[REASON_MAX];
	enum store_status status;

	if (address == NULL)
		return STORE_OK;
	snprintf(reason, sizeof reason, "bounce %s", dsn->status);
	status = report_state_suppress(b->history, address, reason, b->now);
	if (status != STORE_OK)
		return status;
	printf("bounce=%s report=%s address=%s\n", dsn->status, dsn->report_id, address);
	b->suppressed++;
	put_away(b, name);
	return STORE_OK;
}

static enum store_status
read_one(struct bounces *b, const char *name)
{
	struct pool *pool = pool_new();
	enum store_status status = STORE_OK;
	struct dsn dsn;
	size_t len;
	char *text = read_begin(b->new_fd, name, &len);

	if (text != NULL && dsn_read(text, len, pool, &dsn))
		status = take_bounce(b, &dsn, name, pool);
	free(text);
	pool_free(pool);
	return status;
}

/* Names begin with the time: what is left from long ago does not keep out what is new. */
static int
newest_first(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*y, *x);
}

static enum store_status
read_all(struct bounces *b)
{
	int fd = dup(b->new_fd);
	DIR *dir = fd != -1 ? fdopendir(fd) : NULL;
	struct wordlist names = { 0 };
	enum store_status status = STORE_OK;
	const struct dirent *entry;

	if (dir == NULL)
		return STORE_IO;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): of this stream there is one reader */
	while ((entry = readdir(dir)) != NULL) {
		if (*entry->d_name != '.')
			wordlist_add(&names, entry->d_name);
	}
	closedir(dir);
	if (names.count > 0)
		qsort(names.words, names.count, sizeof *names.words, newest_first);
	for (size_t i = 0; i < names.count && i < MESSAGES_MAX && status == STORE_OK; i++)
		status = read_one(b, names.words[i]);
	wordlist_clear(&names);
	return status;
}

static int
open_folder(const char *maildir, const char *name)
{
	char *path = NULL;
	int fd = -1;

	if (asprintf(&path, "%s/%s", maildir, name) != -1)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		complaint_print("%s/%s: %s", maildir, name, oserror_text(errno));
	free(path);
	return fd;
}

static int
read_maildir(struct bounces *b, struct access *access)
{
	int code = EX_UNAVAILABLE;

	b->new_fd = open_folder(b->maildir, "new");
	b->cur_fd = b->new_fd != -1 ? open_folder(b->maildir, "cur") : -1;
	if (b->cur_fd != -1) {
		code = read_all(b) == STORE_OK ? EX_OK : access_failed(access);
		if (code == EX_OK && b->suppressed == 0)
			code = EX_DATAERR;
		close(b->cur_fd);
	}
	if (b->new_fd != -1)
		close(b->new_fd);
	return code;
}

int
bounces_read(struct access *access)
{
	struct bounces b = {
		.history = access->query,
		.maildir = access->config->report_bounces,
		.now = time(NULL),
	};

	if (*b.maildir != '\0')
		return read_maildir(&b, access);
	complaint_print("%s", _("the setting ReportBounces is missing"));
	return EX_CONFIG;
}
