#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/config_forwarder.h"
#include "config/config_override.h"
#include "config/config_print.h"
#include "config/config_relay.h"
#include "config/config_syntax.h"
#include "config/config_table.h"
#include "config/config_text.h"

/* The field of a row, of a type that its config_type names. */
static const void *
value_of(const struct config *config, const struct config_row *row)
{
	return (const char *)config + row->offset;
}

static void
print_bool(const struct config *config, const struct config_row *row, FILE *out)
{
	const bool *field = value_of(config, row);

	fputs(*field ? "yes" : "no", out);
}

static void
print_int(const struct config *config, const struct config_row *row, FILE *out)
{
	const int *field = value_of(config, row);

	fprintf(out, "%d", *field);
}

static void
print_mode(const struct config *config, const struct config_row *row, FILE *out)
{
	const int *field = value_of(config, row);

	fprintf(out, "%04o", (unsigned)*field);
}

static void
print_time(const struct config *config, const struct config_row *row, FILE *out)
{
	const int *field = value_of(config, row);
	char text[CONFIG_SYNTAX_TIME_SIZE];

	fputs(config_syntax_time(*field, text), out);
}

static void
print_word(const struct config *config, const struct config_row *row, FILE *out)
{
	const int *field = value_of(config, row);

	fputs(config_table_word_of(row->words, *field), out);
}

static void
print_string(const struct config *config, const struct config_row *row, FILE *out)
{
	char *const *field = value_of(config, row);

	config_text_print(*field, out);
}

static void
print_relay_results(const struct config *config, const struct config_row *row, FILE *out)
{
	(void)row;
	config_relay_print(config, out);
}

static void
print_mark(const struct config *config, const struct config_row *row, FILE *out)
{
	char text[CONFIG_SYNTAX_FIELD_NAME_MAX + CONFIG_SYNTAX_FIELD_VALUE_MAX + 3];

	(void)row;
	snprintf(text, sizeof text, "%s: %s", config->quarantine_header_name,
	    config->quarantine_header_value);
	config_text_print(text, out);
}

static void
print_code(const struct config *config, const struct config_row *row, FILE *out)
{
	(void)row;
	fprintf(out, "%s %s", config->reject_code, config->reject_enhanced);
}

static void
print_words(const struct config *config, const struct config_row *row, FILE *out)
{
	const struct wordlist *field = value_of(config, row);

	for (size_t i = 0; i < field->count; i++)
		fprintf(out, "%s%s", i > 0 ? ", " : "", field->words[i]);
	if (field->count == 0)
		config_text_print("", out);
}

static void
print_networks(const struct config *config, const struct config_row *row, FILE *out)
{
	const struct netlist *field = value_of(config, row);
	char text[NETWORK_TEXT_SIZE];

	for (size_t i = 0; i < field->count; i++)
		fprintf(out, "%s%s", i > 0 ? ", " : "",
		    netlist_format(&field->networks[i], text));
	if (field->count == 0)
		config_text_print("", out);
}

/* For people: a line that is read again holds entries of one kind alone. */
static void
print_forwarders(const struct config *config, const struct config_row *row, FILE *out)
{
	(void)row;
	for (size_t i = 0; i < config->forwarder_count; i++) {
		if (i > 0)
			fputs(", ", out);
		config_forwarder_print(&config->forwarders[i], out);
	}
	if (config->forwarder_count == 0)
		config_text_print("", out);
}

/* Of several the first: each other one is a line of its own. */
static void
print_overrides(const struct config *config, const struct config_row *row, FILE *out)
{
	(void)row;
	if (config->override_count > 0)
		config_override_print(&config->overrides[0], out);
	else
		config_text_print("", out);
}

void
config_print_value(const struct config *config, const struct config_row *row, FILE *out)
{
	static void (*const types[])(
	    const struct config *, const struct config_row *, FILE *) = {
		[CONFIG_BOOL] = print_bool,
		[CONFIG_INT] = print_int,
		[CONFIG_MODE] = print_mode,
		[CONFIG_TIME] = print_time,
		[CONFIG_WORD] = print_word,
		[CONFIG_STRING] = print_string,
		[CONFIG_SOCKET] = print_string,
		[CONFIG_METRICS] = print_string,
		[CONFIG_TEXT] = print_string,
		[CONFIG_CONNINFO] = print_string,
		[CONFIG_ID] = print_string,
		[CONFIG_RELAY_RESULTS] = print_relay_results,
		[CONFIG_MARK] = print_mark,
		[CONFIG_CODE] = print_code,
		[CONFIG_IDS] = print_words,
		[CONFIG_DOMAIN] = print_string,
		[CONFIG_DOMAINS] = print_words,
		[CONFIG_ADDRESS] = print_string,
		[CONFIG_EXCLUDES] = print_words,
		[CONFIG_SERVERS] = print_words,
		[CONFIG_NETWORKS] = print_networks,
		[CONFIG_FORWARDERS] = print_forwarders,
		[CONFIG_OVERRIDES] = print_overrides,
	};

	types[row->type](config, row, out);
}

/* All of it as one text, for comparing. */
static char *
whole_text(const struct config *config, const struct config_row *row)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		abort(); /* out of memory */
	if (row->type != CONFIG_OVERRIDES)
		config_print_value(config, row, out);
	for (size_t i = 0; row->type == CONFIG_OVERRIDES && i < config->override_count;
	     i++) {
		config_override_print(&config->overrides[i], out);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

bool
config_print_is_equal(
    const struct config *a, const struct config *b, const struct config_row *row)
{
	char *text_a = whole_text(a, row), *text_b = whole_text(b, row);
	bool equal = strcmp(text_a, text_b) == 0;

	free(text_a);
	free(text_b);
	return equal;
}

#define NAME_WIDTH 27

static void
print_origin(const char *file, int line, FILE *out)
{
	if (file == NULL)
		fputs("  # default\n", out);
	else if (line == 0)
		fprintf(out, "  # %s\n", file);
	else
		fprintf(out, "  # %s:%d\n", file, line);
}

/* Entries without a word stand in one line, the others in a line each. */
static void
print_forwarder_lines(
    const struct config *config, const struct config_row *row, FILE *out)
{
	const struct config_forwarder *plain = NULL; /* the last of these */

	for (size_t i = 0; i < config->forwarder_count; i++) {
		const struct config_forwarder *f = &config->forwarders[i];

		if (f->only_forwarded)
			continue;
		if (plain == NULL)
			fprintf(out, "%-*s ", NAME_WIDTH, row->name);
		else
			fputs(", ", out);
		config_forwarder_print(f, out);
		plain = f;
	}
	if (plain != NULL)
		print_origin(plain->file, plain->line, out);
	for (size_t i = 0; i < config->forwarder_count; i++) {
		const struct config_forwarder *f = &config->forwarders[i];

		if (!f->only_forwarded)
			continue;
		fprintf(out, "%-*s ", NAME_WIDTH, row->name);
		config_forwarder_print(f, out);
		print_origin(f->file, f->line, out);
	}
}

void
config_print(const struct config *config, FILE *out)
{
	size_t count;
	const struct config_row *rows = config_table_rows(&count);

	for (size_t i = 0; i < count; i++) {
		if (rows[i].type == CONFIG_OVERRIDES && config->override_count > 0)
			continue;
		if (rows[i].type == CONFIG_FORWARDERS && config->forwarder_count > 0) {
			print_forwarder_lines(config, &rows[i], out);
			continue;
		}
		fprintf(out, "%-*s ", NAME_WIDTH, rows[i].name);
		config_print_value(config, &rows[i], out);
		print_origin(config->origins[i].file, config->origins[i].line, out);
	}
	for (size_t i = 0; i < config->override_count; i++) {
		fprintf(out, "%-*s ", NAME_WIDTH, "Override");
		config_override_print(&config->overrides[i], out);
		print_origin(config->overrides[i].file, config->overrides[i].line, out);
	}
}
