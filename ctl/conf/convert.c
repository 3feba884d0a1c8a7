#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/config_table.h"
#include "config/config_text.h"
#include "config/config_value.h"
#include "ctl/complaint.h"
#include "ctl/conf/convert.h"
#include "ctl/conf/convert_opendkim.h"
#include "ctl/conf/convert_opendmarc.h"
#include "ctl/conf/convert_policyd_spf.h"
#include "ctl/text.h"
#include "settings.h"

#define WHY_OCTETS 1024
#define COMMENT_OCTETS 300
#define BLANKS " \t\r"

static void __attribute__((format(printf, 3, 0)))
say(const struct convert *c, const char *kind, const char *fmt, va_list ap)
{
	char text[WHY_OCTETS];

	vsnprintf(text, sizeof text, fmt, ap);
	if (c->entry != NULL)
		complaint_print("%s:%d: %s%s", c->file->path, c->entry->line, kind, text);
	else
		complaint_print("%s: %s%s", c->file->path, kind, text);
}

void
convert_warn(const struct convert *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, _("warning: "), fmt, ap);
	va_end(ap);
}

void
convert_fail(struct convert *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, "", fmt, ap);
	va_end(ap);
	c->failed = true;
}

const struct convert_entry *
convert_find(const struct convert_file *file, const char *key)
{
	for (size_t i = file->count; i > 0; i--) {
		if (strcasecmp(file->entries[i - 1].key, key) == 0)
			return &file->entries[i - 1];
	}
	return NULL;
}

bool
convert_is_true(const struct convert_entry *entry)
{
	return entry != NULL && *entry->value != '\0' &&
	       strchr("TtYy1", *entry->value) != NULL;
}

void
convert_quote(struct convert *c, const char *note)
{
	char text[COMMENT_OCTETS];
	struct buf value;

	buf_init(&value, text, sizeof text);
	buf_put_escaped(&value, c->entry->value);
	fprintf(c->out, "\n# %s:%d: %s %s%s\n", c->file->path, c->entry->line,
	    c->entry->key, text, value.cut ? "..." : "");
	if (note != NULL)
		fprintf(c->out, "#   %s\n", note);
}

void
convert_comment(struct convert *c, const char *text)
{
	fprintf(c->out, "\n# %s\n", text);
}

bool
convert_is_closed(struct convert *c)
{
	if (c->entry->open)
		convert_fail(c, "%s", _("a quote is not closed"));
	return !c->entry->open;
}

static void
convert_entry(struct convert *c, const struct convert_key *key)
{
	if (!c->entry->last)
		convert_quote(c, "a later line counts");
	else if (key->convert == NULL)
		convert_quote(c, key->note);
	else if (convert_is_closed(c))
		key->convert(c);
}

void
convert_by_keys(struct convert *c, const struct convert_file *file,
    const struct convert_key *keys, size_t count, void (*unknown)(struct convert *),
    void (*empty)(struct convert *))
{
	c->file = file;
	for (size_t i = 0; i < file->count; i++) {
		size_t n = 0;

		c->entry = &file->entries[i];
		while (n < count && strcasecmp(keys[n].key, c->entry->key) != 0)
			n++;
		if (n == count)
			unknown(c);
		else if (*c->entry->value == '\0')
			empty(c);
		else
			convert_entry(c, &keys[n]);
	}
	c->entry = NULL;
}

void
convert_include(struct convert *c)
{
	convert_quote(c, "not followed");
	convert_warn(
	    c, _("Include is not followed: convert %s separately"), c->entry->value);
}

/* What is wrong with a value is told where it stands, and not behind "command line". */
static bool
is_good(struct convert *c, const char *setting)
{
	char why[WHY_OCTETS];
	const char *from = CONFIG_COMMAND_LINE ": ", *text = why;
	struct config *config =
	    config_load(NULL, settings_reader(), &setting, 1, why, sizeof why);

	if (config != NULL) {
		config_free(config);
		return true;
	}
	if (strncmp(text, from, strlen(from)) == 0)
		text += strlen(from);
	convert_fail(c, "%s", text);
	return false;
}

void
convert_set(struct convert *c, const char *name, const char *value)
{
	const struct config_row *row = config_table_find(name);
	char *setting = NULL, *text;
	size_t size, len = strlen(name);
	FILE *out = open_memstream(&setting, &size);

	if (out == NULL) {
		convert_fail(c, "%s", _("out of memory"));
		return;
	}
	fprintf(out, "%s=", name);
	if (config_value_is_list(row) && *value != '\0')
		fputs(value, out);
	else
		config_text_print(value, out);
	fclose(out);
	if (!is_good(c, setting)) {
		free(setting);
		return;
	}
	text = setting + len + 1;
	fprintf(c->out, "%s %s\n", name, text);
	c->settings =
	    mem_realloc(c->settings, (c->setting_count + 1) * sizeof *c->settings);
	c->settings[c->setting_count++] = setting;
}

bool
convert_has_set(const struct convert *c, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < c->setting_count; i++) {
		if (strncmp(c->settings[i], name, len) == 0 && c->settings[i][len] == '=')
			return true;
	}
	return false;
}

/* All programs cut a line at any hash, and know quotes around a value only by habit. */
static void
add_entry(struct convert_file *file, char *line, int number)
{
	struct convert_entry *entry;
	char *value, *whole;
	bool equals;
	size_t len;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, BLANKS);
	for (len = strlen(line); len > 0 && strchr(BLANKS, line[len - 1]) != NULL; len--)
		line[len - 1] = '\0';
	if (*line == '\0')
		return;
	value = line + strcspn(line, file->equals ? BLANKS "=" : BLANKS);
	len = strspn(value, BLANKS);
	equals = file->equals && value[len] == '=';
	if (equals)
		len += 1 + strspn(value + len + 1, BLANKS);
	if (len > 0)
		*value = '\0';
	value += len;
	whole = config_text_whole(value);
	file->entries =
	    mem_realloc(file->entries, (file->count + 1) * sizeof *file->entries);
	entry = &file->entries[file->count++];
	*entry = (struct convert_entry){
		.line = number, .open = whole == NULL, .equals = equals, .last = true
	};
	entry->key = mem_strdup(line);
	entry->value = mem_strdup(whole != NULL ? whole : value);
}

static void
mark_last(struct convert_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		file->entries[i].last =
		    convert_find(file, file->entries[i].key) == &file->entries[i];
}

static void
file_clear(struct convert_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		free(file->entries[i].key);
		free(file->entries[i].value);
	}
	free(file->entries);
	*file = (struct convert_file){ 0 };
}

#define ENTRIES_MAX 10000

/* Returns what to exit with. */
static int
file_parse(struct convert *c, struct convert_file *file, char *text, size_t len)
{
	char *line;
	int number = 0;

	c->file = file;
	c->entry = NULL;
	if (memchr(text, '\0', len) != NULL) {
		convert_fail(c, "%s", _("not text: it contains a NUL"));
		return EX_CONFIG;
	}
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3; /* an editor's mark of UTF-8 */
	while ((line = strsep(&text, "\n")) != NULL) {
		add_entry(file, line, ++number);
		if (file->count > ENTRIES_MAX) {
			convert_fail(c, _("more than %d settings"), ENTRIES_MAX);
			return EX_CONFIG;
		}
	}
	mark_last(file);
	return EX_OK;
}

static int
convert_one(struct convert *c, struct convert_file file,
    void (*convert)(struct convert *, const struct convert_file *))
{
	const char *path = file.path;
	char why[WHY_OCTETS];
	size_t len;
	char *text;
	int code;

	if (path == NULL)
		return EX_OK;
	text = file_read(path, CONFIG_FILE_MAX, &len, why, sizeof why);
	if (text == NULL) {
		complaint_print("%s", why);
		return EX_NOINPUT;
	}
	code = file_parse(c, &file, text, len);
	if (code == EX_OK)
		convert(c, &file);
	file_clear(&file);
	free(text);
	return c->failed ? EX_CONFIG : code;
}

/* What is written must load: each setting did by itself, so now all of them. */
static int
check_whole(const struct convert *c)
{
	char why[WHY_OCTETS];
	struct config *config = config_load(NULL, settings_reader(),
	    (const char *const *)c->settings, c->setting_count, why, sizeof why);

	if (config == NULL) {
		complaint_print("%s", why);
		return EX_CONFIG;
	}
	/* What is in files that it names is read only now. */
	for (size_t i = 0; i < config->warnings.count; i++)
		complaint_print(_("warning: %s"), config->warnings.words[i]);
	config_free(config);
	return EX_OK;
}

/* None of them refuses mail by DMARC, so nobody knows yet what would be refused. */
static void
watch_first(struct convert *c)
{
	convert_comment(c, "without OpenDMARC nothing was refused by DMARC: watch first");
	complaint_print(_("warning: %s"),
	    _("nothing was refused by DMARC.  The new file says Mode monitor; remove "
	      "that when the log holds no surprises"));
	convert_set(c, "Mode", "monitor");
}

static int
convert_all(struct convert *c, const struct convert_from *from)
{
	int code = convert_one(
	    c, (struct convert_file){ .path = from->opendmarc }, convert_opendmarc_file);

	if (code == EX_OK)
		code = convert_one(c, (struct convert_file){ .path = from->opendkim },
		    convert_opendkim_file);
	if (code == EX_OK)
		code = convert_one(c,
		    (struct convert_file){ .path = from->policyd_spf, .equals = true },
		    convert_policyd_spf_file);
	return code;
}

int
convert_run(const struct convert_from *from, FILE *out)
{
	const char *const paths[] = { from->opendmarc, from->opendkim,
		from->policyd_spf };
	char *text = NULL;
	size_t size;
	struct convert c = { .out = open_memstream(&text, &size),
		.alone = from->opendmarc == NULL };
	int code;

	if (c.out == NULL)
		return EX_OSERR;
	fputs("# beschermd.conf, made by beschermctl conf from:\n", c.out);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		if (paths[i] != NULL)
			fprintf(c.out, "#   %s\n", paths[i]);
	}
	fputs("# Put it in place, then: beschermd -n\n", c.out);
	code = convert_all(&c, from);
	if (code == EX_OK && c.alone)
		watch_first(&c);
	if (code == EX_OK)
		code = check_whole(&c);
	fclose(c.out);
	if (code == EX_OK)
		fputs(text, out);
	for (size_t i = 0; i < c.setting_count; i++)
		free(c.settings[i]);
	free(c.settings);
	free(text);
	return code;
}
