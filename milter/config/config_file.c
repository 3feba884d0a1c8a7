#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/netlist.h"
#include "config/config_file.h"
#include "config/config_forwarder.h"
#include "config/config_loader.h"
#include "config/config_near.h"
#include "config/config_opendmarc.h"
#include "config/config_place.h"
#include "config/config_report.h"
#include "config/config_table.h"
#include "config/config_text.h"
#include "config/config_value.h"

#define MISTAKES_OCTETS 8192
#define BLANKS " \t"
#define LIST_SEPARATORS " \t,"

/* One more entry of a list; of a network it is kept where it stands. */
static bool
add_entry(struct config_loader *l, const struct config_source *source,
    const struct config_row *row, const char *text)
{
	if (!config_value_read(l->config, row, text, l->why))
		return false;
	if (row->type == CONFIG_NETWORKS && source->line > 0)
		config_place_add(l->config, row, source->path, source->line);
	if (row->type == CONFIG_FORWARDERS) {
		struct config_forwarder *f =
		    &l->config->forwarders[l->config->forwarder_count - 1];

		f->file = mem_strdup(source->path);
		f->line = source->line;
	}
	return true;
}

/* An entry in a line of its own, which may say more of it. */
static bool
add_line(struct config_loader *l, const struct config_source *source,
    const struct config_row *row, char *line)
{
	const size_t first = l->config->forwarder_count;
	bool only = false;

	if (row->type == CONFIG_FORWARDERS &&
	    !config_forwarder_take_only(line, &only, l->why))
		return false;
	if (!add_entry(l, source, row, only ? config_text_strip(line) : line))
		return false;
	if (only)
		config_forwarder_mark(l->config, first);
	return true;
}

/*
 * A host name in a file of OpenDMARC.  We look none up, so that nobody's DNS can exempt
 * a client: it is left out, but for the one that needs no DNS.
 */
static bool
add_host(struct config_loader *l, const struct config_source *source,
    const struct config_row *row, const char *host)
{
	if (strcasecmp(host, "localhost") == 0)
		return add_entry(l, source, row, "127.0.0.0/8") &&
		       add_entry(l, source, row, "::1");
	config_loader_warn(l, source,
	    "%s: %.255s is a host name and is not looked up: write its address",
	    row->name, host);
	return true;
}

/* An entry of a file of OpenDMARC, which often is OpenDKIM's TrustedHosts. */
static bool
add_client(struct config_loader *l, const struct config_source *source,
    const struct config_row *row, char *entry)
{
	const char *address;
	struct network network;

	entry[strcspn(entry, BLANKS "#")] = '\0'; /* what follows is a remark */
	if (*entry == '!') {
		config_loader_warn(l, source,
		    "%s: %.255s was not to be exempt, but its network is: there are no "
		    "exceptions here",
		    row->name, entry);
		return true;
	}
	if (config_opendmarc_is_host(entry))
		return add_host(l, source, row, entry);
	address = config_opendmarc_address(entry);
	if (netlist_parse(address, &network))
		return add_entry(l, source, row, address);
	config_loader_warn(
	    l, source, "%s: %.255s is not an address and is left out", row->name, entry);
	return true;
}

/* file:PATH in a list: one entry a line; ${hosts}: there may be host names. */
static bool
add_file(struct config_loader *l, const struct config_source *from,
    const struct config_row *row, const char *name, bool hosts)
{
	char path[CONFIG_PATH_OCTETS];
	struct config_source source;
	char *line;
	bool ok;

	if (!config_lines_path(&l->lines, from, name, path))
		return false;
	ok = config_lines_open(&l->lines, &source, path);
	while (ok && (line = config_lines_of(&l->lines, &source)) != NULL) {
		if (hosts)
			ok = add_client(l, &source, row, line);
		else
			ok = add_line(l, &source, row, line);
	}
	config_lines_close(&source);
	return ok;
}

/* The same of a list that the daemon does not go by: what is wrong is only told. */
static void
add_lenient_file(struct config_loader *l, const struct config_source *from,
    const struct config_row *row, const char *name)
{
	char path[CONFIG_PATH_OCTETS], reason[CONFIG_PATH_OCTETS + 200] = "";
	struct config_source source = { 0 };
	char *line;

	if (config_lines_path(&l->lines, from, name, path))
		source.text = l->lines.reader->read(path, NULL, reason, sizeof reason);
	if (source.text == NULL) {
		config_loader_warn(l, from, "%s: %s", row->name, reason);
		l->config->reports_incomplete = true;
		return;
	}
	source.path = mem_strdup(path);
	source.rest = source.text;
	while ((line = config_lines_of(&l->lines, &source)) != NULL) {
		if (config_value_read(l->config, row, line, l->why))
			continue;
		wordlist_add(&l->config->warnings, l->why->data);
		l->config->reports_incomplete = true;
	}
	config_lines_close(&source);
}

static bool
add_words(struct config_loader *l, const struct config_source *from,
    const struct config_row *row, char *value)
{
	char *word;

	for (;;) {
		if (!config_text_word(&value, LIST_SEPARATORS, &word))
			return config_lines_fail(&l->lines, "a quote is not closed");
		if (word == NULL)
			return true;
		config_lines_say_place(&l->lines, from);
		buf_printf(l->why, "%s: ", row->name);
		if (strncmp(word, "file:", 5) == 0) {
			if (config_report_is_lenient(row))
				add_lenient_file(l, from, row, word + 5);
			else if (!add_file(l, from, row, word + 5, false))
				return false;
		} else if (config_opendmarc_is_path(row->name, word, from->theirs)) {
			if (!add_file(l, from, row, word, true))
				return false;
		} else if (*word != '\0' && !add_entry(l, from, row, word)) {
			return false;
		}
	}
}

/* What a line says of its entries holds for those of files that it names, too. */
static bool
add_forwarders(struct config_loader *l, const struct config_source *from,
    const struct config_row *row, char *value)
{
	const size_t first = l->config->forwarder_count;
	bool only;

	if (!config_forwarder_take_only(value, &only, l->why) ||
	    !add_words(l, from, row, value))
		return false;
	if (only)
		config_forwarder_mark(l->config, first);
	return true;
}

static bool
add_override(struct config_loader *l, const struct config_source *from,
    const struct config_row *row, char *value)
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
add_to_list(struct config_loader *l, const struct config_source *from,
    const struct config_row *row, char *value)
{
	const struct config_origin *origin = &l->config->origins[config_table_index(row)];

	if (origin->file == NULL || (from->line == 0 && origin->line > 0)) {
		config_value_clear(l->config, row);
		config_place_clear(l->config, row);
	}
	if (row->type == CONFIG_OVERRIDES)
		return add_override(l, from, row, value);
	if (row->type == CONFIG_FORWARDERS)
		return add_forwarders(l, from, row, value);
	return add_words(l, from, row, value);
}

static bool
set_one(struct config_loader *l, const struct config_source *from,
    const struct config_row *row, const char *text)
{
	const struct config_origin *origin = &l->config->origins[config_table_index(row)];

	if (!config_value_read(l->config, row, text, l->why))
		return false;
	/* In one file it is a slip; a file that includes another may mean it. */
	if (origin->file != NULL && from->line > 0 &&
	    strcmp(origin->file, from->path) == 0)
		config_loader_warn(l, from,
		    "%s was already set in line %d; this one counts", row->name,
		    origin->line);
	return true;
}

static void
set_origin(struct config_loader *l, const struct config_source *from,
    const struct config_row *row)
{
	struct config_origin *origin = &l->config->origins[config_table_index(row)];

	free(origin->file);
	origin->file = mem_strdup(from->path);
	origin->line = from->line;
}

static bool
assign(struct config_loader *l, const struct config_source *from,
    const struct config_row *row, char *value)
{
	const char *text;
	bool ok;

	buf_printf(l->why, "%s: ", row->name);
	if (config_value_is_list(row)) {
		ok = add_to_list(l, from, row, value);
	} else {
		text = config_text_whole(value);
		if (text == NULL)
			return config_lines_fail(&l->lines,
			    "the quotes must enclose the whole value, and be closed");
		ok = set_one(l, from, row, text);
	}
	if (ok)
		set_origin(l, from, row);
	return ok;
}

static bool
choose(struct config_loader *l, const struct config_row *row)
{
	if (l->choice != NULL && l->choice != row)
		return config_lines_fail(
		    &l->lines, "there are a yes and a no; keep the one that is meant");
	l->choice = row;
	return true;
}

#define OURS_OCTETS 2048

/* A key that only OpenDMARC has: as if our own word for it stood there. */
static bool
read_opendmarc(struct config_loader *l, const struct config_source *from,
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
		config_lines_say_place(&l->lines, from);
	}
	buf_printf(l->why, "%s: ", key->name);
	if (whole == NULL && key->translate != NULL)
		return config_lines_fail(
		    &l->lines, "the quotes must enclose the whole value, and be closed");
	/* OpenDMARC knows no quotes, and the value has no use here. */
	if (whole == NULL)
		whole = value;
	if (!config_opendmarc_translate(key, whole, &ours, &warning, l->why))
		return false;
	if (ours.cut)
		return config_lines_fail(&l->lines, "the value is too long");
	if (warning.len > 0)
		config_loader_warn(l, from, "%s", warning.data);
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
has_chosen(struct config_loader *l)
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
unknown(struct config_loader *l, const char *key)
{
	struct config_near near = { .name = key, .found = config_table_nearest(key) };

	return config_near_refuse(&near, l->why);
}

static bool
read_line(struct config_loader *l, struct config_source *from, char *line)
{
	char *value = config_lines_value(line);
	const struct config_opendmarc_key *foreign;
	const struct config_row *row;

	if (strcasecmp(line, "Include") == 0)
		return config_lines_include(&l->lines, from, value);
	row = config_table_find(line);
	foreign = row == NULL ? config_opendmarc_find(line) : NULL;
	if (row == NULL && foreign == NULL)
		return unknown(l, line);
	if (*value == '\0')
		return config_lines_fail(&l->lines, "%s has no value; \"\" means nothing",
		    row != NULL ? row->name : foreign->name);
	if (foreign != NULL)
		return read_opendmarc(l, from, foreign, value);
	if (from->theirs && !config_opendmarc_uses(row->name)) {
		config_loader_warn(l, from,
		    "%s of OpenDMARC has no use here: OpenDMARC never used it",
		    row->name);
		return true;
	}
	return assign(l, from, row, value);
}

bool
config_file_read(struct config *config, const char *path,
    const struct config_reader *reader, struct buf *why)
{
	char storage[MISTAKES_OCTETS], *line;
	enum config_lines_step step;
	struct config_source *from;
	struct config_loader l;
	struct buf mistakes;
	bool ok;

	buf_init(&mistakes, storage, sizeof storage);
	config_loader_init(&l, config, reader, why);
	ok = config_lines_begin(&l.lines, path);
	while (ok &&
	       (step = config_lines_next(&l.lines, &from, &line)) != CONFIG_LINES_END) {
		if (step == CONFIG_LINES_MISTAKE || !read_line(&l, from, line))
			config_lines_note(&l.lines, &mistakes);
	}
	config_lines_end(&l.lines);
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
	const struct config_source command_line = { .path = path };
	const struct config_row *row;
	char *value = copy, *key = strsep(&value, "=");
	struct config_loader l;
	bool ok;

	config_loader_init(&l, config, reader, why);
	config_lines_say_place(&l.lines, &command_line);
	row = config_table_find(key);
	if (row == NULL)
		ok = unknown(&l, key);
	else if (value == NULL)
		ok = config_lines_fail(&l.lines, "write %s=VALUE", row->name);
	else
		ok = assign(&l, &command_line, row, value);
	free(copy);
	return ok;
}
