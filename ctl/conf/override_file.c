#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/oserror.h"
#include "base/text.h"
#include "config/config.h"
#include "config/config_override.h"
#include "config/config_text.h"
#include "ctl/complaint.h"
#include "ctl/conf/override_check.h"
#include "ctl/conf/override_file.h"
#include "ctl/text.h"
#include "settings.h"

#define FOLDER "beschermd.d"
#define NEW_NAME ".overrides.conf.new" /* no pattern of Include fits it */
#define WHY_OCTETS 2048
#define LOCK_TRIES 250
#define LOCK_WAIT_MS 20

static const char remark[] =
    "# Exceptions, written by beschermctl override; see beschermctl(8).\n";

/* What went wrong with ${path}: said, and the exit code for it. */
static int
failed(const char *path, int error)
{
	complaint_print("%s: %s", path, oserror_text(error));
	if (error == EACCES || error == EPERM)
		return EX_NOPERM;
	return error == EROFS ? EX_CANTCREAT : EX_IOERR;
}

/* The folder beside the settings, by its real name. */
static int
locate(struct override_file *f)
{
	char *copy = mem_strdup(f->conf != NULL ? f->conf : SETTINGS_FILE);
	char *slash = strrchr(copy, '/'), real[PATH_MAX];
	struct text t = { 0 };

	if (slash != NULL)
		slash[slash == copy] = '\0';
	if (realpath(slash != NULL ? copy : ".", real) == NULL) {
		complaint_print("%s: %s", copy, oserror_text(errno));
		free(copy);
		return EX_CONFIG;
	}
	free(copy);
	text_printf(&t, "%s/%s", strcmp(real, "/") == 0 ? "" : real, FOLDER);
	/* Where it is a link: the folder itself, as the check of the settings finds it.
	 */
	f->folder = mem_strdup(realpath(t.data, real) != NULL ? real : t.data);
	text_free(&t);
	text_printf(&t, "%s/%s", f->folder, OVERRIDE_CHECK_NAME);
	f->path = t.data;
	return EX_OK;
}

/* 0644 and 0755 whatever the umask: the daemon reads them as its own user. */
static int
make_folder(const struct override_file *f)
{
	struct config *config;
	int code, fd;

	config = override_file_check(f, remark, NULL, &code);
	if (config == NULL)
		return code;
	config_free(config);
	if (mkdir(f->folder, 0755) == -1 && errno != EEXIST)
		return failed(f->folder, errno);
	fd = open(f->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fchmod(fd, 0755) == -1)
		code = failed(f->folder, errno);
	else
		code = EX_OK;
	if (fd != -1)
		close(fd);
	return code;
}

static int
lock(struct override_file *f)
{
	const struct timespec wait = { .tv_nsec = LOCK_WAIT_MS * 1000000L };

	f->fd = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd == -1)
		return failed(f->folder, errno);
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(f->fd, LOCK_EX | LOCK_NB) == 0)
			return EX_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return failed(f->folder, errno);
		nanosleep(&wait, NULL);
	}
	complaint_print(_("%s: somebody else is changing it, try again"), f->path);
	return EX_TEMPFAIL;
}

static int
read_text(struct override_file *f)
{
	char why[WHY_OCTETS];
	struct stat st;
	size_t len;

	if (fstatat(f->fd, OVERRIDE_CHECK_NAME, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (errno != ENOENT)
			return failed(f->path, errno);
		f->text = mem_strdup(remark);
		return EX_OK;
	}
	if (!S_ISREG(st.st_mode)) {
		complaint_print(_("%s: is not a file"), f->path);
		return EX_CONFIG;
	}
	f->text = file_read(f->path, CONFIG_FILE_MAX, &len, why, sizeof why);
	if (f->text == NULL) {
		complaint_print("%s", why);
		return EX_CONFIG;
	}
	if (strlen(f->text) == len)
		return EX_OK;
	complaint_print(_("%s: is not text: it contains a NUL"), f->path);
	return EX_CONFIG;
}

int
override_file_open(struct override_file *f, const char *conf)
{
	int code;

	*f = (struct override_file){ .conf = conf, .fd = -1 };
	code = locate(f);
	if (code == EX_OK && access(f->folder, F_OK) == -1 && errno == ENOENT)
		code = make_folder(f);
	if (code == EX_OK)
		code = lock(f);
	if (code == EX_OK)
		code = read_text(f);
	return code;
}

void
override_file_close(struct override_file *f)
{
	if (f->fd != -1)
		close(f->fd);
	free(f->folder);
	free(f->path);
	free(f->text);
	*f = (struct override_file){ .fd = -1 };
}

static void
say_include(const struct override_file *f)
{
	complaint_print(
	    _("%s: the settings do not read it; nothing is written.  Put this "
	      "line into %s:"),
	    f->path, f->conf != NULL ? f->conf : SETTINGS_FILE);
	printf("Include %s/*.conf\n", f->folder);
}

/* ${bad}: whose domain is a suffix; NULL: the list of them cannot be read. */
static int
say_suffix(const struct config_override *bad, const struct config_override *mine,
    const char *why)
{
	char name[CONFIG_OVERRIDE_NAME_SIZE];

	if (bad != NULL && mine != NULL && config_override_is_same(bad, mine)) {
		complaint_print("%s", why);
		return EX_DATAERR;
	}
	if (bad != NULL)
		complaint_print("%s: %s", config_override_name(bad, name), why);
	else
		complaint_print("%s", why);
	return EX_CONFIG;
}

struct config *
override_file_check(const struct override_file *f, const char *text,
    const struct config_override *mine, int *code)
{
	const struct config_override *bad = NULL;
	char why[WHY_OCTETS];
	bool included;
	struct config *config =
	    override_check_load(f->conf, f->folder, text, &included, why, sizeof why);

	*code = EX_OK;
	if (config == NULL) {
		*code = EX_CONFIG;
		complaint_print(
		    _("%s\nthe settings have a mistake; nothing is written"), why);
	} else if (!included) {
		*code = EX_CONFIG;
		say_include(f);
	} else if (!override_check_suffixes(config, &bad, why, sizeof why)) {
		*code = say_suffix(bad, mine, why);
	}
	if (*code == EX_OK)
		return config;
	config_free(config);
	return NULL;
}

/* A new file of the rights that it must have, or an errno. */
static int
fill(const struct override_file *f, const char *text)
{
	size_t len = strlen(text);
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	int error = 0, fd;
	ssize_t n;

	sigaction(SIGXFSZ, &ignored, NULL); /* a limit of ours is an error as any other */
	/* What a run left that was killed: we hold the lock. */
	unlinkat(f->fd, NEW_NAME, 0);
	fd = openat(
	    f->fd, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return errno;
	while (error == 0 && len > 0) {
		n = write(fd, text, len);
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (n == -1 && errno != EINTR) {
			error = errno;
		}
	}
	if (error == 0 && geteuid() == 0 && fchown(fd, 0, 0) == -1)
		error = errno;
	if (error == 0 && (fchmod(fd, 0644) == -1 || fsync(fd) == -1))
		error = errno;
	if (close(fd) == -1 && error == 0)
		error = errno;
	return error;
}

int
override_file_write(const struct override_file *f, const char *text)
{
	int error;

	if (strcmp(text, f->text) == 0)
		return EX_OK;
	error = fill(f, text);
	if (error == 0 && renameat(f->fd, NEW_NAME, f->fd, OVERRIDE_CHECK_NAME) == -1)
		error = errno;
	if (error != 0) {
		unlinkat(f->fd, NEW_NAME, 0);
		return failed(f->path, error);
	}
	/* It is in force already: a power loss may bring the old one back, whole. */
	fsync(f->fd);
	return EX_OK;
}
