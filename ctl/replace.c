#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/oserror.h"
#include "base/text.h"
#include "ctl/complaint.h"
#include "ctl/owner.h"
#include "ctl/replace.h"
#include "ctl/text.h"

/* What stands at ${path}, or what its link leads to, is somebody's who is not root. */
static bool
is_others(const char *path, struct stat *st)
{
	return (lstat(path, st) == 0 && st->st_uid != 0) ||
	       (stat(path, st) == 0 && st->st_uid != 0);
}

/* Folder by folder, from the top. */
static bool
become_owner(const char *path)
{
	char *way = mem_strdup(path);
	struct stat st;
	bool fine = true, found = false;

	for (char *slash = strchr(way, '/'); slash != NULL && !found;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		found = is_others(*way == '\0' ? "/" : way, &st);
		*slash = '/';
	}
	if (strchr(way, '/') == NULL)
		found = is_others(".", &st);
	if (found)
		fine = owner_become(st.st_uid, st.st_gid);
	free(way);
	return fine;
}

static bool
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

static bool
write_new(const char *path, const char *data, size_t len, int mode)
{
	int fd;
	bool fine;

	/* What a run left that was killed; else somebody else's file or link. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return false;
	fine = fchmod(fd, (mode_t)mode) == 0 && write_all(fd, data, len);
	return close(fd) == 0 && fine;
}

/* A file in the place of /dev/null would harm the whole host. */
static bool
is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

bool
replace_file(const char *path, const void *data, size_t len, int mode)
{
	struct text fresh = { 0 };
	bool fine = geteuid() != 0 || become_owner(path);

	if (is_special(path)) {
		complaint_print(_("%s: is not a file"), path);
		return false;
	}
	text_printf(&fresh, "%s.new", path);
	fine = fine && write_new(fresh.data, data, len, mode);
	fine = fine && rename(fresh.data, path) == 0;
	if (!fine) {
		int reason = errno;

		complaint_print("%s: %s", path, oserror_text(reason));
		if (reason != EEXIST)
			unlink(fresh.data);
	}
	text_free(&fresh);
	return fine;
}

bool
replace_make_folder(const char *path, int mode)
{
	struct text inside = { 0 };
	struct stat st;
	bool fine;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	text_printf(&inside, "%s/", path); /* and not what may stand at the name */
	fine = geteuid() != 0 || become_owner(inside.data);
	text_free(&inside);
	fine = fine && mkdir(path, (mode_t)mode) == 0;
	if (!fine) {
		/* What stands there is no folder. */
		int reason = errno == EEXIST ? ENOTDIR : errno;

		complaint_print("%s: %s", path, oserror_text(reason));
	}
	return fine;
}
