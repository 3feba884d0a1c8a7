#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/oserror.h"
#include "ctl/figures.h"
#include "ctl/text.h"

#define FILE_OCTETS 65536
#define PREFIX "beschermd_"
#define DIGITS_MAX 15

/* Whole text of ours, or NULL: other octets would give a terminal orders. */
static char *
read_text(int fd, size_t *len)
{
	char *text = mem_alloc(FILE_OCTETS + 1);
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, text + used, FILE_OCTETS - used);
		if (n > 0)
			used += (size_t)n;
	} while ((n > 0 && used < FILE_OCTETS) || (n == -1 && errno == EINTR));
	text[used] = '\0';
	for (*len = 0; *len < used; ++*len) {
		if ((text[*len] < ' ' || text[*len] > '~') && text[*len] != '\n')
			break;
	}
	if (n == 0 && *len == used)
		return text;
	free(text);
	return NULL;
}

static void
judge_age(const char *path, struct figures *figures, char *why, size_t whysize)
{
	figures->fresh = figures->age <= FIGURES_FRESH_SECONDS &&
			 figures->age >= -FIGURES_FRESH_SECONDS;
	if (figures->age > 0)
		snprintf(why, whysize, _("%s: was written %lld seconds ago"), path,
		    figures->age);
	else
		snprintf(why, whysize, _("%s: its time is in the future"), path);
}

void
figures_read(const char *path, struct figures *figures, char *why, size_t whysize)
{
	/* No link: a filter that was taken over could make root read anything. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	*figures = (struct figures){ 0 };
	if (fd == -1 && errno == ENOENT) {
		snprintf(why, whysize, _("%s: the file is missing"), path);
	} else if (fd == -1 || fstat(fd, &st) == -1) {
		snprintf(why, whysize, "%s: %s", path, oserror_text(errno));
	} else if (!S_ISREG(st.st_mode) ||
		   (figures->text = read_text(fd, &figures->len)) == NULL) {
		snprintf(why, whysize, _("%s: is not a file of the filter"), path);
	} else {
		figures->age = (long long)(time(NULL) - st.st_mtime);
		judge_age(path, figures, why, whysize);
	}
	if (fd != -1)
		close(fd);
}

void
figures_free(struct figures *figures)
{
	free(figures->text);
	*figures = (struct figures){ 0 };
}

/* What follows ${name} on the first line that begins with it and ${next}. */
static const char *
find_line(const char *text, const char *name, char next)
{
	const size_t prefix = sizeof PREFIX - 1, len = strlen(name);

	while (text != NULL) {
		if (strncmp(text, PREFIX, prefix) == 0 &&
		    strncmp(text + prefix, name, len) == 0 && text[prefix + len] == next)
			return text + prefix + len;
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	return NULL;
}

bool
figures_value(const char *text, const char *series, int64_t *value)
{
	const char *p = find_line(text, series, ' ');
	size_t digits;

	if (p == NULL)
		return false;
	p++;
	digits = strspn(p, "0123456789");
	if (digits == 0 || digits > DIGITS_MAX ||
	    (p[digits] != '\n' && p[digits] != '\0' && p[digits] != '.'))
		return false;
	*value = strtoll(p, NULL, 10);
	return true;
}

bool
figures_label(
    const char *text, const char *family, const char *label, char *value, size_t size)
{
	static const char taken[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
	const char *p = find_line(text, family, '{');
	size_t name = strlen(label), len;

	if (p == NULL)
		return false;
	do {
		p++;
		if (strncmp(p, label, name) == 0 && strncmp(p + name, "=\"", 2) == 0) {
			p += name + 2;
			len = strspn(p, taken);
			return p[len] == '"' && len > 0 &&
			       (size_t)snprintf(value, size, "%.*s", (int)len, p) < size;
		}
		p += strcspn(p, ",\n}");
	} while (*p == ',');
	return false;
}
