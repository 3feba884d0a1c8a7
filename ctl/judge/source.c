#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/oserror.h"
#include "ctl/judge/source.h"
#include "ctl/text.h"

#define FAULT_OCTETS 256
#define LINE_OCTETS 256 /* of an mbox: enough to know one that begins a message */

/* ${a}, ${between} and ${b} in one. */
static char *
joined(const char *a, char between, const char *b)
{
	size_t size = strlen(a) + strlen(b) + 2;
	char *text = mem_alloc(size);

	snprintf(text, size, "%s%c%s", a, between, b);
	return text;
}

/* Takes ${name} over. */
static struct source_message *
/* NOLINTNEXTLINE(readability-non-const-parameter): it is freed later */
add(struct source *s, char *name)
{
	if (s->count == s->size) {
		s->size = s->size == 0 ? 64 : 2 * s->size;
		s->messages = mem_realloc(s->messages, s->size * sizeof *s->messages);
	}
	s->messages[s->count] = (struct source_message){ { name, 0, -1, false }, name };
	return &s->messages[s->count++];
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int
is_wanted(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool
add_folder(struct source *s, const char *path, char *why, size_t whysize)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_wanted, alphasort);

	if (count == -1) {
		snprintf(why, whysize, "%s: %s", path, oserror_text(errno));
		return false;
	}
	for (int i = 0; i < count; i++) {
		char *name = joined(path, '/', entries[i]->d_name);

		if (is_folder(name))
			free(name);
		else
			add(s, name);
		free(entries[i]);
	}
	free(entries);
	return true;
}

static bool
add_maildir(struct source *s, const char *path, char *why, size_t whysize)
{
	static const char *const parts[] = { "cur", "new" };

	for (size_t i = 0; i < 2; i++) {
		char *part = joined(path, '/', parts[i]);
		bool ok = !is_folder(part) || add_folder(s, part, why, whysize);

		free(part);
		if (!ok)
			return false;
	}
	return true;
}

bool
source_add(struct source *s, const char *path, char *why, size_t whysize)
{
	size_t before = s->count;
	char *cur;
	bool ok;

	if (!is_folder(path)) {
		add(s, mem_strdup(path));
		return true;
	}
	cur = joined(path, '/', "cur");
	ok = is_folder(cur) ? add_maildir(s, path, why, whysize)
			    : add_folder(s, path, why, whysize);
	free(cur);
	if (ok && s->count == before) {
		snprintf(why, whysize, _("%s: there is no message in this folder"), path);
		return false;
	}
	return ok;
}

/* One line of an mbox; its beginning in ${text}.  False: the file ended. */
static bool
read_line(FILE *file, char *text, size_t size, off_t *at)
{
	size_t len = 0;
	int c;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	for (c = getc_unlocked(file); c != EOF && c != '\n'; c = getc_unlocked(file)) {
		if (len + 1 < size)
			text[len++] = (char)c;
		++*at;
	}
	text[len] = '\0';
	*at += c == '\n';
	return c != EOF || len > 0;
}

static void
add_of_mbox(struct source *s, const char *path, size_t number, off_t begin)
{
	struct source_message *m;
	char text[24];

	if (number > 1)
		s->messages[s->count - 1].place.end = begin;
	snprintf(text, sizeof text, "%zu", number);
	m = add(s, joined(path, '#', text));
	/* Of the command line, which outlives the list. */
	m->place = (struct mailfile_place){ path, begin, -1, true };
}

static size_t
split_mbox(struct source *s, const char *path, FILE *file)
{
	size_t number = 0;
	off_t at = 0, begin = 0;
	bool after_empty = true;
	char text[LINE_OCTETS];

	while (read_line(file, text, sizeof text, &at)) {
		if (after_empty && mailfile_is_mbox_line(text, strlen(text)))
			add_of_mbox(s, path, ++number, begin);
		else if (number == 0)
			break;
		after_empty = *text == '\0' || strcmp(text, "\r") == 0;
		begin = at;
	}
	return number;
}

bool
source_add_mbox(struct source *s, const char *path, char *why, size_t whysize)
{
	char fault[FAULT_OCTETS] = "";
	FILE *file = mailfile_fopen(path, fault, sizeof fault);

	if (file != NULL) {
		size_t number = split_mbox(s, path, file);
		int error = ferror(file) ? errno : 0;

		fclose(file);
		if (error != 0)
			snprintf(fault, sizeof fault, "%s", oserror_text(error));
		else if (number == 0)
			snprintf(fault, sizeof fault, "%s",
			    _("does not begin with a line \"From ...\": this is not an "
			      "mbox"));
	}
	snprintf(why, whysize, "%s: %s", path, fault);
	return *fault == '\0';
}

void
source_clear(struct source *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->messages[i].name);
	free(s->messages);
	*s = (struct source){ 0 };
}
