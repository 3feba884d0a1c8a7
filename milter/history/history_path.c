#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/oserror.h"
#include "base/text.h"
#include "history/history_path.h"

#define NOTE_OCTETS 80
#define ASIDE ".broken-"
#define MB (1024LL * 1024)

/* free()d by the caller. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return mem_strdup(".");
	return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* WAL wants memory that two processes share, which these do not give. */
static bool
is_remote(const char *folder)
{
	struct statfs fs;

	if (statfs(folder, &fs) == -1)
		return false;
	switch ((unsigned long)fs.f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
	case CODA_SUPER_MAGIC:
	case V9FS_MAGIC:
		return true;
	default:
		return false;
	}
}

static bool
check_folder(const char *folder, char *why, size_t whysize)
{
	if (access(folder, R_OK | W_OK | X_OK) == -1) {
		snprintf(why, whysize,
		    "%s: %s; UserID must be able to write to this folder", folder,
		    oserror_text(errno));
		return false;
	}
	if (is_remote(folder)) {
		snprintf(why, whysize,
		    "%s is on a file system of another host; History must be on a "
		    "local one",
		    folder);
		return false;
	}
	return true;
}

static bool
check_file(const char *path, char *why, size_t whysize)
{
	struct stat st;

	if (lstat(path, &st) == -1 && errno == ENOENT)
		return true;
	if (access(path, R_OK | W_OK) == -1) {
		snprintf(why, whysize, "%s: %s", path, oserror_text(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, whysize, "%s is not a regular file", path);
		return false;
	}
	return true;
}

bool
history_path_check(const char *path, int64_t free_bytes, char *why, size_t whysize)
{
	char *folder = folder_of(path);
	int64_t left = history_path_free_bytes(path);
	bool good = false;

	if (*path != '/')
		snprintf(why, whysize, "%s: the path must begin with /", path);
	else
		good =
		    check_folder(folder, why, whysize) && check_file(path, why, whysize);
	if (good && left != -1 && left < free_bytes) {
		snprintf(why, whysize,
		    "%s: only %lld MB are free, and HistoryMinimumFreeMB is %lld", folder,
		    (long long)(left / MB), (long long)(free_bytes / MB));
		good = false;
	}
	free(folder);
	return good;
}

int64_t
history_path_free_bytes(const char *path)
{
	char *folder = folder_of(path);
	struct statvfs fs;
	int64_t left = -1;

	if (statvfs(folder, &fs) == 0)
		left = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	free(folder);
	return left;
}

static int
open_lock(const char *name, bool *held, char *why, size_t whysize)
{
	int fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1) {
		snprintf(why, whysize, "%s: %s", name, oserror_text(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	*held = errno == EWOULDBLOCK;
	close(fd);
	snprintf(why, whysize, "%s is held by another process", name);
	return -1;
}

int
history_path_lock(const char *path, bool *held, char *why, size_t whysize)
{
	struct text name = { 0 };
	struct history_path_note none = { 0 };
	struct stat st;
	int fd;

	text_printf(&name, "%s.lock", path);
	*held = false;
	fd = open_lock(name.data, held, why, whysize);
	text_free(&name);
	/* The note gets its block now: later the disk may be full. */
	if (fd != -1 && fstat(fd, &st) == 0 && st.st_size == 0)
		history_path_note(fd, &none);
	return fd;
}

bool
history_path_is_held(const char *path)
{
	struct text name = { 0 };
	bool held;
	int fd;

	text_printf(&name, "%s.lock", path);
	fd = open(name.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	text_free(&name);
	if (fd == -1)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

bool
history_path_note(int lock, const struct history_path_note *note)
{
	char text[NOTE_OCTETS + 1];

	snprintf(text, sizeof text, "%-*s", NOTE_OCTETS, "");
	snprintf(text, sizeof text, "lost %" PRIu64 " from %" PRId64 " to %" PRId64 " \n",
	    note->lost, note->begin_at, note->end_at);
	return pwrite(lock, text, NOTE_OCTETS, 0) == NOTE_OCTETS && fsync(lock) == 0;
}

/* The number behind ${word} at *p, which moves on. */
static bool
read_number(const char **p, const char *word, int64_t *number)
{
	size_t len = strlen(word);
	char *end;

	if (strncmp(*p, word, len) != 0)
		return false;
	errno = 0;
	*number = strtoll(*p + len, &end, 10);
	if (errno != 0 || end == *p + len || *number < 0)
		return false;
	*p = end;
	return true;
}

struct history_path_note
history_path_noted(int lock)
{
	struct history_path_note note = { 0 };
	char text[NOTE_OCTETS + 1];
	const char *p = text;
	ssize_t len = pread(lock, text, NOTE_OCTETS, 0);
	int64_t lost;

	text[len > 0 ? len : 0] = '\0';
	if (!read_number(&p, "lost ", &lost) ||
	    !read_number(&p, " from ", &note.begin_at) ||
	    !read_number(&p, " to ", &note.end_at))
		return (struct history_path_note){ 0 };
	note.lost = (uint64_t)lost;
	return note;
}

/* Name and what SQLite keeps beside a database; not each of them is there. */
static const char *const parts[] = { "", "-wal", "-shm" };

static bool
rename_all(const char *from, const char *to)
{
	bool moved = false;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		struct text old = { 0 }, new = { 0 };

		text_printf(&old, "%s%s", from, parts[i]);
		text_printf(&new, "%s%s", to, parts[i]);
		if (rename(old.data, new.data) == 0)
			moved = moved || i == 0;
		text_free(&old);
		text_free(&new);
	}
	return moved;
}

static void
remove_all(const char *folder, const char *name)
{
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		struct text path = { 0 };

		text_printf(&path, "%s/%s%s", folder, name, parts[i]);
		unlink(path.data);
		text_free(&path);
	}
}

/* Is ${name} a database that was put aside, and neither -wal nor -shm of one? */
static bool
is_aside(const char *name, const char *base)
{
	size_t len = strlen(base);

	if (strncmp(name, base, len) != 0)
		return false;
	if (strncmp(name + len, ASIDE, strlen(ASIDE)) != 0)
		return false;
	return strchr(name + len + strlen(ASIDE), '-') == NULL;
}

/* All but the newest: their names sort by time. */
static void
remove_older(const char *path)
{
	char *folder = folder_of(path);
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;
	struct dirent **names = NULL;
	int count = scandir(folder, &names, NULL, alphasort);
	const char *newest = NULL;

	for (int i = 0; i < count; i++) {
		if (!is_aside(names[i]->d_name, base))
			continue;
		if (newest != NULL)
			remove_all(folder, newest);
		newest = names[i]->d_name;
	}
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	free(folder);
}

bool
history_path_put_aside(const char *path, char *name, size_t namesize)
{
	time_t now = time(NULL);
	char date[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &tm);
	snprintf(name, namesize, "%s" ASIDE "%s", path, date);
	remove_older(path);
	return rename_all(path, name);
}
