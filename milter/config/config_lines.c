#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/config_lines.h"
#include "config/config_text.h"

#define FILES_MAX 200
#define BYTES_MAX (8 * CONFIG_FILE_MAX)
#define BLANKS " \t"

void
config_lines_say_place(struct config_lines *l, const struct config_source *source)
{
	buf_init(l->why, l->why->data, l->why->size);
	if (source->line > 0)
		buf_printf(l->why, "%s:%d: ", source->path, source->line);
	else
		buf_printf(l->why, "%s: ", source->path);
}

bool
config_lines_fail(struct config_lines *l, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_puts(l->why, text);
	return false;
}

bool
config_lines_path(struct config_lines *l, const struct config_source *from,
    const char *name, char path[CONFIG_PATH_OCTETS])
{
	const char *slash = strrchr(from->path, '/');
	int dir = slash != NULL && *name != '/' ? (int)(slash - from->path) + 1 : 0;
	int len = snprintf(path, CONFIG_PATH_OCTETS, "%.*s%s", dir, from->path, name);

	if (*name == '\0')
		return config_lines_fail(l, "a path is missing");
	return len < CONFIG_PATH_OCTETS || config_lines_fail(l, "the path is too long");
}

static void
tell_opens(const struct config_lines *l, const char *path)
{
	if (l->opens != NULL)
		l->opens(l->arg, path, l->why->data);
}

bool
config_lines_open(struct config_lines *l, struct config_source *source, const char *path)
{
	char reason[CONFIG_PATH_OCTETS + 200] = "";
	size_t len = 0, line = 1;
	const char *nul;

	*source = (struct config_source){ 0 };
	tell_opens(l, path);
	if (++l->files > FILES_MAX)
		return config_lines_fail(l, "more than %d files", FILES_MAX);
	source->text = l->reader->read(path, &len, reason, sizeof reason);
	if (source->text == NULL) {
		buf_puts(l->why, reason);
		return false;
	}
	source->path = mem_strdup(path);
	source->rest = source->text;
	l->bytes += len;
	if (l->bytes > BYTES_MAX)
		return config_lines_fail(l, "%s: too much text in all", path);
	/* The rest of the file would be lost without a word. */
	nul = memchr(source->text, '\0', len);
	if (nul != NULL) {
		for (const char *c = source->text; c < nul; c++)
			line += *c == '\n';
		return config_lines_fail(
		    l, "%s:%zu: not text: it contains a NUL", path, line);
	}
	if (strncmp(source->rest, "\xef\xbb\xbf", 3) == 0)
		source->rest += 3; /* an editor's mark of UTF-8 */
	source->theirs = l->is_theirs != NULL && l->is_theirs(source->rest);
	return true;
}

void
config_lines_close(struct config_source *source)
{
	free(source->path);
	free(source->text);
	wordlist_clear(&source->included);
	*source = (struct config_source){ 0 };
}

char *
config_lines_of(struct config_lines *l, struct config_source *source)
{
	char *line;

	while ((line = strsep(&source->rest, "\n")) != NULL) {
		source->line++;
		line = config_text_strip(line);
		if (*line != '\0') {
			config_lines_say_place(l, source);
			return line;
		}
	}
	return NULL;
}

bool
config_lines_begin(struct config_lines *l, const char *path)
{
	l->depth = 1;
	return config_lines_open(l, &l->sources[0], path);
}

void
config_lines_end(struct config_lines *l)
{
	while (l->depth > 0)
		config_lines_close(&l->sources[--l->depth]);
}

char *
config_lines_value(char *line)
{
	size_t keylen = strcspn(line, BLANKS);
	char *value = line + keylen + strspn(line + keylen, BLANKS);

	line[keylen] = '\0';
	return value;
}

/* A pattern may fit no file; what is no pattern names one that must be there. */
bool
config_lines_include(struct config_lines *l, struct config_source *from, char *value)
{
	char path[CONFIG_PATH_OCTETS], reason[CONFIG_PATH_OCTETS + 200] = "";
	const char *name = config_text_whole(value);

	if (name == NULL)
		return config_lines_fail(l, "Include: a quote is not closed");
	if (!config_lines_path(l, from, name, path))
		return false;
	wordlist_clear(&from->included);
	from->included_read = 0;
	if (strpbrk(path, "*?") == NULL) {
		wordlist_add(&from->included, path);
		return true;
	}
	tell_opens(l, path);
	if (!l->reader->list(path, &from->included, reason, sizeof reason))
		return config_lines_fail(l, "Include: %s", reason);
	/* Two in one line: all settings of both would be missed without a word. */
	if (from->included.count == 0 && strpbrk(name, " \t") != NULL)
		return config_lines_fail(
		    l, "Include: %s matches no file; write a line for each", name);
	return true;
}

/* The next file that the line of ${from} includes. */
static bool
include_next(struct config_lines *l, struct config_source *from)
{
	const char *path = from->included.words[from->included_read++];

	config_lines_say_place(l, from);
	for (int i = 0; i < l->depth; i++) {
		if (strcmp(l->sources[i].path, path) == 0)
			return config_lines_fail(l, "Include: %s includes itself", path);
	}
	if (l->depth == CONFIG_DEPTH_MAX)
		return config_lines_fail(
		    l, "Include: more than %d files deep", CONFIG_DEPTH_MAX);
	if (!config_lines_open(l, &l->sources[l->depth], path)) {
		config_lines_close(&l->sources[l->depth]);
		return false;
	}
	l->depth++;
	return true;
}

enum config_lines_step
config_lines_next(struct config_lines *l, struct config_source **source, char **line)
{
	while (l->depth > 0) {
		struct config_source *last = &l->sources[l->depth - 1];

		*source = last;
		if (last->included_read < last->included.count) {
			if (!include_next(l, last))
				return CONFIG_LINES_MISTAKE;
			continue;
		}
		*line = config_lines_of(l, last);
		if (*line != NULL)
			return CONFIG_LINES_LINE;
		config_lines_close(&l->sources[--l->depth]);
	}
	return CONFIG_LINES_END;
}

void
config_lines_note(struct config_lines *l, struct buf *all)
{
	buf_printf(all, "%s%s", all->len > 0 ? "\n" : "", l->why->data);
	buf_init(l->why, l->why->data, l->why->size);
}
