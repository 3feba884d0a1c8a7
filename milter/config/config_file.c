#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/config_file.h"
#include "config/config_opendmarc.h"
#include "config/config_place.h"
#include "config/config_table.h"
#include "config/config_text.h"
#include "config/config_value.h"

#define DEPTH_MAX 8
#define FILES_MAX 200
#define BYTES_MAX (8 * CONFIG_FILE_MAX)
#define PATH_OCTETS 1024
#define MISTAKES_OCTETS 8192
#define BLANKS " \t"
#define LIST_SEPARATORS " \t,"

/* A file being read, or the command line (no text, line 0). */
struct source {
	char *path;
	char *text;
	char *rest; /* what is not read yet; NULL at the end */
	int line;
	bool theirs;              /* a file of OpenDMARC */
	struct wordlist included; /* by this line, and read before the next one */
	size_t included_read;
};

struct loader {
	struct config *config;
	const struct config_reader *reader;
	struct source sources[DEPTH_MAX]; /* each included by the one before */
	int depth;
	int files;
	size_t bytes;
	/* "file:line: NAME" of the first key that only OpenDMARC has; NULL: none yet */
	char *opendmarc;
	const struct config_row *choice; /* what its choice set; NULL: it made none */
	struct buf *why;
};

/* What is wrong is told behind "file:line: ", so that begins ${why} at each line. */
static void
say_place(struct loader *l, const struct source *source)
{
	buf_init(l->why, l->why->data, l->why->size);
	if (source->line > 0)
		buf_printf(l->why, "%s:%d: ", source->path, source->line);
	else
		buf_printf(l->why, "%s: ", source->path);
}

static bool fail(struct loader *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
fail(struct loader *l, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_puts(l->why, text);
	return false;
}

static void warn(struct loader *l, const struct source *from, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
warn(struct loader *l, const struct source *from, const char *fmt, ...)
{
	char text[PATH_OCTETS + 600];
	int len = snprintf(text, PATH_OCTETS + 20, "%s:%d: ", from->path, from->line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, sizeof text - (size_t)len, fmt, ap);
	va_end(ap);
	wordlist_add(&l->config->warnings, text);
}

/* A relative path is taken from the folder of the file that names it. */
static bool
path_from(
    struct loader *l, const struct source *from, const char *name, char path[PATH_OCTETS])
{
	const char *slash = strrchr(from->path, '/');
	int dir = slash != NULL && *name != '/' ? (int)(slash - from->path) + 1 : 0;
	int len = snprintf(path, PATH_OCTETS, "%.*s%s", dir, from->path, name);

	if (*name == '\0')
		return fail(l, "a path is missing");
	return len < PATH_OCTETS || fail(l, "the path is too long");
}

/* Reads a file; on failure ${why} goes on behind the place that asked for it. */
static bool
source_open(struct loader *l, struct source *source, const char *path)
{
	char reason[PATH_OCTETS + 200] = "";
	size_t len = 0;

	*source = (struct source){ 0 };
	if (++l->files > FILES_MAX)
		return fail(l, "more than %d files", FILES_MAX);
	source->text = l->reader->read(path, &len, reason, sizeof reason);
	if (source->text == NULL) {
		buf_puts(l->why, reason);
		return false;
	}
	source->path = mem_strdup(path);
	source->rest = source->text;
	l->bytes += len;
	if (l->bytes > BYTES_MAX)
		return fail(l, "%s: too much text in all", path);
	/* The rest of the file would be lost without a word. */
	if (memchr(source->text, '\0', len) != NULL)
		return fail(l, "%s: not a text, it holds a NUL", path);
	if (strncmp(source->rest, "\xef\xbb\xbf", 3) == 0)
		source->rest += 3; /* an editor's mark of UTF-8 */
	source->theirs = config_opendmarc_is_theirs(source->rest);
	return true;
}

static void
source_close(struct source *source)
{
	free(source->path);
	free(source->text);
	wordlist_clear(&source->included);
	*source = (struct source){ 0 };
}

/* The next line that says something, without comment and blanks around; NULL: none. */
static char *
next_line(struct loader *l, struct source *source)
{
	char *line;

	while ((line = strsep(&source->rest, "\n")) != NULL) {
		source->line++;
		line = config_text_strip(line);
		if (*line != '\0') {
			say_place(l, source);
			return line;
		}
	}
	return NULL;
}

/* One more entry of a list; of a network it is kept where it stands. */
static bool
add_entry(struct loader *l, const struct source *source, const struct config_row *row,
    const char *text)
{
	if (!config_value_read(l->config, row, text, l->why))
		return false;
	if (row->type == CONFIG_NETWORKS && source->line > 0)
		config_place_add(l->config, row, source->path, source->line);
	return true;
}

/*
 * A host name in a file of OpenDMARC.  We look none up, so that nobody's DNS can exempt
 * a client: it is left out, but for the one that needs no DNS.
 */
static bool
add_host(struct loader *l, const struct source *source, const struct config_row *row,
    const char *host)
{
	if (strcasecmp(host, "localhost") == 0)
		return add_entry(l, source, row, "127.0.0.0/8") &&
		       add_entry(l, source, row, "::1");
	warn(l, source, "%s: %.255s is a host name and not looked up: write its address",
	    row->name, host);
	return true;
}

/* An entry of a file of OpenDMARC, which often is OpenDKIM's TrustedHosts. */
static bool
add_client(struct loader *l, const struct source *source, const struct config_row *row,
    char *entry)
{
	if (*entry == '!') {
		warn(l, source,
		    "%s: %.255s was not to be exempt, and its network is: there are no "
		    "exceptions here",
		    row->name, entry);
		return true;
	}
	if (config_opendmarc_is_host(entry))
		return add_host(l, source, row, entry);
	return add_entry(l, source, row, config_opendmarc_address(entry));
}

/* file:PATH in a list: one entry a line; ${hosts}: there may be host names. */
static bool
add_file(struct loader *l, const struct source *from, const struct config_row *row,
    const char *name, bool hosts)
{
	char path[PATH_OCTETS];
	struct source source;
	char *line;
	bool ok;

	if (!path_from(l, from, name, path))
		return false;
	ok = source_open(l, &source, path);
	while (ok && (line = next_line(l, &source)) != NULL) {
		if (hosts)
			ok = add_client(l, &source, row, line);
		else
			ok = add_entry(l, &source, row, line);
	}
	source_close(&source);
	return ok;
}

static bool
add_words(struct loader *l, const struct source *from, const struct config_row *row,
    char *value)
{
	char *word;

	for (;;) {
		if (!config_text_word(&value, LIST_SEPARATORS, &word))
			return fail(l, "a quote is not closed");
		if (word == NULL)
			return true;
		say_place(l, from);
		buf_printf(l->why, "%s: ", row->name);
		if (strncmp(word, "file:", 5) == 0) {
			if (!add_file(l, from, row, word + 5, false))
				return false;
		} else if (config_opendmarc_is_path(row->name, word)) {
			if (!add_file(l, from, row, word, true))
				return false;
		} else if (*word != '\0' && !add_entry(l, from, row, word)) {
			return false;
		}
	}
}

static bool
add_override(struct loader *l, const struct source *from, const struct config_row *row,
    char *value)
{
	struct config *config = l->config;
	struct config_override *o;

	if (strcmp(value, "\"\"") == 0 || *value == '\0')
		return true;
	if (!config_value_read(config, row, value, l->why))
		return false;
	o = &config->overrides[config->override_count - 1];
	o->file = mem_strdup(from->path);
	o->line = from->line;
	return true;
}

/*
 * A list grows over the lines of files; the first line takes the default away, and
 * the command line takes away what the files say.
 */
static bool
add_to_list(struct loader *l, const struct source *from, const struct config_row *row,
    char *value)
{
	const struct config_origin *origin = &l->config->origins[config_table_index(row)];

	if (origin->file == NULL || (from->line == 0 && origin->line > 0)) {
		config_value_clear(l->config, row);
		config_place_clear(l->config, row);
	}
	if (row->type == CONFIG_OVERRIDES)
		return add_override(l, from, row, value);
	return add_words(l, from, row, value);
}

static bool
set_one(struct loader *l, const struct source *from, const struct config_row *row,
    const char *text)
{
	const struct config_origin *origin = &l->config->origins[config_table_index(row)];

	if (!config_value_read(l->config, row, text, l->why))
		return false;
	/* In one file it is a slip; a file that includes another may mean it. */
	if (origin->file != NULL && from->line > 0 &&
	    strcmp(origin->file, from->path) == 0)
		warn(l, from, "%s was set in line %d already; this one counts", row->name,
		    origin->line);
	return true;
}

static void
set_origin(struct loader *l, const struct source *from, const struct config_row *row)
{
	struct config_origin *origin = &l->config->origins[config_table_index(row)];

	free(origin->file);
	origin->file = mem_strdup(from->path);
	origin->line = from->line;
}

static bool
assign(struct loader *l, const struct source *from, const struct config_row *row,
    char *value)
{
	const char *text;
	bool ok;

	buf_printf(l->why, "%s: ", row->name);
	if (config_value_is_list(row)) {
		ok = add_to_list(l, from, row, value);
	} else {
		text = config_text_whole(value);
		if (text == NULL)
			return fail(l, "the quotes must hold all of the value, and be "
				       "closed");
		ok = set_one(l, from, row, text);
	}
	if (ok)
		set_origin(l, from, row);
	return ok;
}

static bool
choose(struct loader *l, const struct config_row *row)
{
	if (l->choice != NULL && l->choice != row)
		return fail(l, "there is a yes and a no; keep the one that is meant");
	l->choice = row;
	return true;
}

#define OURS_OCTETS 2048

/* A key that only OpenDMARC has: as if our own word for it stood there. */
static bool
read_opendmarc(struct loader *l, const struct source *from,
    const struct config_opendmarc_key *key, char *value)
{
	char storage[OURS_OCTETS], said[512], *text = storage;
	const char *whole = config_text_whole(value), *name;
	const struct config_row *row;
	struct buf ours, warning;

	buf_init(&ours, storage, sizeof storage);
	buf_init(&warning, said, sizeof said);
	if (l->opendmarc == NULL) {
		buf_puts(l->why, key->name);
		l->opendmarc = mem_strdup(l->why->data);
		say_place(l, from);
	}
	buf_printf(l->why, "%s: ", key->name);
	if (whole == NULL)
		return fail(l, "the quotes must hold all of the value, and be closed");
	if (!config_opendmarc_translate(key, whole, &ours, &warning, l->why))
		return false;
	if (ours.cut)
		return fail(l, "the value is too long");
	if (warning.len > 0)
		warn(l, from, "%s", warning.data);
	if (ours.len == 0)
		return true;
	name = strsep(&text, " ");
	row = config_table_find(name);
	if (config_opendmarc_is_choice(key) && !choose(l, row))
		return false;
	if (!set_one(l, from, row, text))
		return false;
	set_origin(l, from, row);
	return true;
}

/*
 * OpenDMARC refuses nothing unless it is told to, and we refuse unless told not to: a
 * file of its that says neither would begin to refuse mail without anybody's will.
 */
static bool
has_chosen(struct loader *l)
{
	size_t mode = config_table_index(config_table_find("Mode"));

	if (l->opendmarc == NULL || l->choice != NULL ||
	    l->config->origins[mode].file != NULL)
		return true;
	buf_init(l->why, l->why->data, l->why->size);
	config_opendmarc_ask_choice(l->opendmarc, l->why);
	return false;
}

static bool
unknown(struct loader *l, const char *key)
{
	const char *nearest = config_table_nearest(key);

	buf_puts(l->why, "unknown setting \"");
	buf_put_escaped(l->why, key);
	buf_puts(l->why, "\"");
	if (nearest != NULL)
		buf_printf(l->why, "; did you mean %s?", nearest);
	return false;
}

/* A pattern may fit no file; what is no pattern names one that must be there. */
static bool
include(struct loader *l, struct source *from, char *value)
{
	char path[PATH_OCTETS], reason[PATH_OCTETS + 200] = "";
	const char *name = config_text_whole(value);

	if (name == NULL)
		return fail(l, "Include: a quote is not closed");
	if (!path_from(l, from, name, path))
		return false;
	wordlist_clear(&from->included);
	from->included_read = 0;
	if (strpbrk(path, "*?") == NULL)
		wordlist_add(&from->included, path);
	else if (!l->reader->list(path, &from->included, reason, sizeof reason))
		return fail(l, "Include: %s", reason);
	return true;
}

/* The next file that the line of ${from} includes. */
static bool
include_next(struct loader *l, struct source *from)
{
	const char *path = from->included.words[from->included_read++];

	say_place(l, from);
	for (int i = 0; i < l->depth; i++) {
		if (strcmp(l->sources[i].path, path) == 0)
			return fail(l, "Include: %s includes itself", path);
	}
	if (l->depth == DEPTH_MAX)
		return fail(l, "Include: more than %d files deep", DEPTH_MAX);
	if (!source_open(l, &l->sources[l->depth], path)) {
		source_close(&l->sources[l->depth]);
		return false;
	}
	l->depth++;
	return true;
}

static bool
read_line(struct loader *l, struct source *from, char *line)
{
	size_t keylen = strcspn(line, BLANKS);
	char *value = line + keylen + strspn(line + keylen, BLANKS);
	const struct config_opendmarc_key *foreign;
	const struct config_row *row;

	line[keylen] = '\0';
	if (strcasecmp(line, "Include") == 0)
		return include(l, from, value);
	row = config_table_find(line);
	foreign = row == NULL ? config_opendmarc_find(line) : NULL;
	if (row == NULL && foreign == NULL)
		return unknown(l, line);
	if (*value == '\0')
		return fail(l, "%s has no value; \"\" stands for nothing",
		    row != NULL ? row->name : foreign->name);
	if (foreign != NULL)
		return read_opendmarc(l, from, foreign, value);
	if (from->theirs && !config_opendmarc_uses(row->name)) {
		warn(l, from, "%s of OpenDMARC has no use here: OpenDMARC never used it",
		    row->name);
		return true;
	}
	return assign(l, from, row, value);
}

/* One more line of ${all}, and the reading goes on: all mistakes are told at once. */
static void
note_mistake(struct loader *l, struct buf *all)
{
	buf_printf(all, "%s%s", all->len > 0 ? "\n" : "", l->why->data);
	buf_init(l->why, l->why->data, l->why->size);
}

/* One step: a file that a line includes, or the next line, or the end. */
static bool
read_on(struct loader *l)
{
	struct source *source = &l->sources[l->depth - 1];
	char *line;

	if (source->included_read < source->included.count)
		return include_next(l, source);
	line = next_line(l, source);
	if (line != NULL)
		return read_line(l, source, line);
	source_close(&l->sources[--l->depth]);
	return true;
}

bool
config_file_read(struct config *config, const char *path,
    const struct config_reader *reader, struct buf *why)
{
	struct loader l = { .config = config, .reader = reader, .depth = 1, .why = why };
	char storage[MISTAKES_OCTETS];
	bool ok = source_open(&l, &l.sources[0], path);
	struct buf mistakes;

	buf_init(&mistakes, storage, sizeof storage);
	while (ok && l.depth > 0) {
		if (!read_on(&l))
			note_mistake(&l, &mistakes);
	}
	while (l.depth > 0)
		source_close(&l.sources[--l.depth]);
	if (mistakes.len > 0) {
		buf_init(why, why->data, why->size);
		buf_puts(why, mistakes.data);
		ok = false;
	}
	ok = ok && has_chosen(&l);
	free(l.opendmarc);
	return ok;
}

bool
config_file_setting(struct config *config, const char *setting,
    const struct config_reader *reader, struct buf *why)
{
	char path[] = CONFIG_COMMAND_LINE, *copy = mem_strdup(setting);
	const struct source command_line = { .path = path };
	struct loader l = { .config = config, .reader = reader, .why = why };
	const struct config_row *row;
	char *value = copy, *key = strsep(&value, "=");
	bool ok;

	say_place(&l, &command_line);
	row = config_table_find(key);
	if (row == NULL)
		ok = unknown(&l, key);
	else if (value == NULL)
		ok = fail(&l, "write %s=VALUE", row->name);
	else
		ok = assign(&l, &command_line, row, value);
	free(copy);
	return ok;
}
