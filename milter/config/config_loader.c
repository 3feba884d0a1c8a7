#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/config_loader.h"
#include "config/config_opendmarc.h"
#include "config/config_place.h"
#include "config/config_text.h"

#define FILES_MAX 200
#define BYTES_MAX (8 * CONFIG_FILE_MAX)

void
config_loader_say_place(struct config_loader *l, const struct config_source *source)
{
	buf_init(l->why, l->why->data, l->why->size);
	if (source->line > 0)
		buf_printf(l->why, "%s:%d: ", source->path, source->line);
	else
		buf_printf(l->why, "%s: ", source->path);
}

bool
config_loader_fail(struct config_loader *l, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_puts(l->why, text);
	return false;
}

void
config_loader_warn(
    struct config_loader *l, const struct config_source *from, const char *fmt, ...)
{
	char text[CONFIG_PATH_OCTETS + 600];
	int len =
	    snprintf(text, CONFIG_PATH_OCTETS + 20, "%s:%d: ", from->path, from->line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, sizeof text - (size_t)len, fmt, ap);
	va_end(ap);
	wordlist_add(&l->config->warnings, text);
}

bool
config_loader_path(struct config_loader *l, const struct config_source *from,
    const char *name, char path[CONFIG_PATH_OCTETS])
{
	const char *slash = strrchr(from->path, '/');
	int dir = slash != NULL && *name != '/' ? (int)(slash - from->path) + 1 : 0;
	int len = snprintf(path, CONFIG_PATH_OCTETS, "%.*s%s", dir, from->path, name);

	if (*name == '\0')
		return config_loader_fail(l, "a path is missing");
	return len < CONFIG_PATH_OCTETS || config_loader_fail(l, "the path is too long");
}

bool
config_loader_open(
    struct config_loader *l, struct config_source *source, const char *path)
{
	char reason[CONFIG_PATH_OCTETS + 200] = "";
	size_t len = 0, line = 1;
	const char *nul;

	*source = (struct config_source){ 0 };
	config_place_file(l->config, path, l->why->data);
	if (++l->files > FILES_MAX)
		return config_loader_fail(l, "more than %d files", FILES_MAX);
	source->text = l->reader->read(path, &len, reason, sizeof reason);
	if (source->text == NULL) {
		buf_puts(l->why, reason);
		return false;
	}
	source->path = mem_strdup(path);
	source->rest = source->text;
	l->bytes += len;
	if (l->bytes > BYTES_MAX)
		return config_loader_fail(l, "%s: too much text in all", path);
	/* The rest of the file would be lost without a word. */
	nul = memchr(source->text, '\0', len);
	if (nul != NULL) {
		for (const char *c = source->text; c < nul; c++)
			line += *c == '\n';
		return config_loader_fail(
		    l, "%s:%zu: not a text, it holds a NUL", path, line);
	}
	if (strncmp(source->rest, "\xef\xbb\xbf", 3) == 0)
		source->rest += 3; /* an editor's mark of UTF-8 */
	source->theirs = config_opendmarc_is_theirs(source->rest);
	return true;
}

void
config_loader_close(struct config_source *source)
{
	free(source->path);
	free(source->text);
	wordlist_clear(&source->included);
	*source = (struct config_source){ 0 };
}

char *
config_loader_line(struct config_loader *l, struct config_source *source)
{
	char *line;

	while ((line = strsep(&source->rest, "\n")) != NULL) {
		source->line++;
		line = config_text_strip(line);
		if (*line != '\0') {
			config_loader_say_place(l, source);
			return line;
		}
	}
	return NULL;
}
