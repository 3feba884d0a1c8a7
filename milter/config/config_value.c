#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/endpoint.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/config_conninfo.h"
#include "config/config_domain.h"
#include "config/config_forwarder.h"
#include "config/config_override.h"
#include "config/config_relay.h"
#include "config/config_report.h"
#include "config/config_syntax.h"
#include "config/config_table.h"
#include "config/config_text.h"
#include "config/config_time.h"
#include "config/config_value.h"
#include "mail/reply_text.h"

#define STRING_MAX 1000
#define OVERRIDES_MAX 10000

/* The field of a row, of a type that its config_type names. */
static void *
field_of(struct config *config, const struct config_row *row)
{
	return (char *)config + row->offset;
}

static void
replace(char **field, const char *text)
{
	free(*field);
	*field = mem_strdup(text);
}

static bool
read_bool(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	static const char *const words[] = { "no", "yes", "false", "true", "0", "1", "n",
		"y", "f", "t" };
	bool *field = field_of(config, row);

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*field = i % 2 == 1;
			return true;
		}
	}
	return config_text_refuse(why, text, "is neither yes nor no");
}

static bool
read_int(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	int *field = field_of(config, row);
	const char *end = text;
	long n = config_syntax_digits(&end, 10);

	if (n < row->min || n > row->max || *end != '\0') {
		config_text_refuse(why, text, "is not a number from ");
		buf_printf(why, "%d to %d", row->min, row->max);
		return false;
	}
	*field = (int)n;
	return true;
}

static bool
read_mode(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	int *field = field_of(config, row);
	const char *end = text;
	long n = config_syntax_digits(&end, 8);

	if (n < 0 || n > row->max || *end != '\0')
		return config_text_refuse(why, text, "is not an octal mode such as 0660");
	*field = (int)n;
	return true;
}

static bool
read_time(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	return config_time_read(row, text, field_of(config, row), why);
}

static bool
read_word(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	return config_table_word(row->words, text, field_of(config, row), why);
}

static bool
read_string(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return config_text_refuse(
			    why, text, "holds a blank or a control character");
	}
	if (strlen(text) > STRING_MAX)
		return config_text_refuse(why, "the value", "is too long");
	replace(field_of(config, row), text);
	return true;
}

static bool
refuse(struct buf *why, const char *text, const char *wrong)
{
	buf_putc(why, '"');
	buf_put_escaped(why, text);
	buf_printf(why, "\": %s", wrong);
	return false;
}

static bool
read_socket(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	struct endpoint endpoint;
	const char *wrong = endpoint_parse(text, &endpoint);

	if (wrong == NULL)
		return read_string(config, row, text, why);
	return refuse(why, text, wrong);
}

/* node_exporter reads what ends so, and nothing that is half written does. */
static bool
read_metrics(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	static const char end[] = ".prom";
	size_t len = strlen(text);
	const char *wrong = NULL;

	if (len > 0 && *text != '/')
		wrong = "the path must begin with /";
	else if (len > 0 &&
		 (len < sizeof end || strcmp(text + len + 1 - sizeof end, end) != 0))
		wrong = "the name must end in .prom";
	if (wrong == NULL)
		return read_string(config, row, text, why);
	return refuse(why, text, wrong);
}

static bool
read_text(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	const char *wrong = reply_text_check(text);

	if (wrong != NULL) {
		buf_puts(why, wrong);
		return false;
	}
	replace(field_of(config, row), text);
	return true;
}

static bool
read_conninfo(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	const char *wrong = config_conninfo_check(text);

	if (wrong == NULL && strlen(text) > STRING_MAX)
		wrong = "is too long";
	if (wrong != NULL) {
		buf_puts(why, wrong);
		return false;
	}
	replace(field_of(config, row), text);
	return true;
}

static bool
read_id(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	if (*text != '\0' && !config_syntax_is_id(text))
		return config_text_refuse(
		    why, text, "is not a host name or a word (RFC 8601, 2.5)");
	replace(field_of(config, row), text);
	return true;
}

static bool
read_relay_results(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	(void)row;
	return config_relay_read(config, text, why);
}

static bool
read_mark(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	const char *colon = strchr(text, ':');
	char name[CONFIG_SYNTAX_FIELD_NAME_MAX + 1];
	const char *value;

	(void)row;
	if (colon == NULL || !config_syntax_is_field_name(text, (size_t)(colon - text)))
		return config_text_refuse(why, text, "is not \"Name: value\"");
	value = colon + 1 + strspn(colon + 1, " \t");
	if (!config_syntax_is_field_value(value))
		return config_text_refuse(why, text, "has no value of printable ASCII");
	memcpy(name, text, (size_t)(colon - text));
	name[colon - text] = '\0';
	if (config_syntax_is_structural(name))
		return config_text_refuse(
		    why, name, "means something to mail programs: choose another");
	replace(&config->quarantine_header_name, name);
	replace(&config->quarantine_header_value, value);
	return true;
}

static bool
read_code(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	char *copy = mem_strdup(text), *rest = copy, *code, *enhanced = NULL, *more;
	bool ok;

	(void)row;
	/* An MTA drops a reply whose codes are of different classes. */
	ok = config_text_word(&rest, " \t", &code) &&
	     config_text_word(&rest, " \t", &enhanced) &&
	     config_text_word(&rest, " \t", &more) && enhanced != NULL && more == NULL &&
	     config_syntax_is_code(code) && config_syntax_is_enhanced(enhanced);
	if (ok) {
		replace(&config->reject_code, code);
		replace(&config->reject_enhanced, enhanced);
	}
	free(copy);
	return ok || config_text_refuse(
			 why, text, "is not two codes of class 5 such as 550 5.7.26");
}

static bool
read_ids(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	if (!config_syntax_is_trusted_id(text))
		return config_text_refuse(
		    why, text, "is not a host name or a word (RFC 8601, 2.5)");
	wordlist_add(field_of(config, row), text);
	return true;
}

/* One more of ${list}; false: ${word} is NULL, it was refused. */
static bool
add(struct wordlist *list, char *word)
{
	if (word != NULL)
		wordlist_add(list, word);
	free(word);
	return word != NULL;
}

static bool
read_domains(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	return add(field_of(config, row),
	    config_domain_read(text, CONFIG_DOMAIN_AND_BELOW, why));
}

/* In place of what ${field} holds; false: ${text} is NULL, it was refused. */
static bool
take(char **field, char *text)
{
	if (text == NULL)
		return false;
	free(*field);
	*field = text;
	return true;
}

static bool
read_domain(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	return take(field_of(config, row),
	    *text != '\0' ? config_domain_read(text, CONFIG_DOMAIN_AND_BELOW, why)
			  : mem_strdup(text));
}

static bool
read_address(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	return take(field_of(config, row),
	    *text != '\0' ? config_report_address(text, why) : mem_strdup(text));
}

static bool
read_excludes(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	return add(field_of(config, row), config_report_exclude(text, why));
}

static bool
read_servers(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	if (!config_syntax_is_server(text))
		return config_text_refuse(
		    why, text, "is not ADDRESS, ADDRESS@PORT or recursive");
	wordlist_add(field_of(config, row), text);
	return true;
}

static bool
read_networks(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	if (netlist_add(field_of(config, row), text))
		return true;
	config_text_refuse(
	    why, text, "is not an address, a network such as 192.0.2.0/24, or local");
	if (config_syntax_is_like_host(text))
		buf_puts(why, "; host names are not looked up");
	return false;
}

static bool
read_override(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	struct config_override o;

	(void)row;
	if (config->override_count == OVERRIDES_MAX) {
		buf_printf(why, "more than %d", OVERRIDES_MAX);
		return false;
	}
	if (!config_override_read(&o, text, why))
		return false;
	config->overrides = mem_realloc(
	    config->overrides, (config->override_count + 1) * sizeof *config->overrides);
	config->overrides[config->override_count++] = o;
	return true;
}

static bool
read_forwarder(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	(void)row;
	return config_forwarder_add(config, text, why);
}

static void
clear_string(struct config *config, const struct config_row *row)
{
	char **field = field_of(config, row);

	free(*field);
	*field = NULL;
}

static void
clear_relay_results(struct config *config, const struct config_row *row)
{
	(void)row;
	config_relay_clear(config);
}

static void
clear_mark(struct config *config, const struct config_row *row)
{
	(void)row;
	free(config->quarantine_header_name);
	free(config->quarantine_header_value);
	config->quarantine_header_name = config->quarantine_header_value = NULL;
}

static void
clear_code(struct config *config, const struct config_row *row)
{
	(void)row;
	free(config->reject_code);
	free(config->reject_enhanced);
	config->reject_code = config->reject_enhanced = NULL;
}

static void
clear_words(struct config *config, const struct config_row *row)
{
	wordlist_clear(field_of(config, row));
}

static void
clear_networks(struct config *config, const struct config_row *row)
{
	netlist_clear(field_of(config, row));
}

static void
clear_forwarders(struct config *config, const struct config_row *row)
{
	(void)row;
	config_forwarder_clear(config);
}

static void
clear_overrides(struct config *config, const struct config_row *row)
{
	(void)row;
	for (size_t i = 0; i < config->override_count; i++)
		config_override_clear(&config->overrides[i]);
	free(config->overrides);
	config->overrides = NULL;
	config->override_count = 0;
}

/* What each type can do; clear is NULL where the field holds no memory. */
static const struct {
	bool (*read)(
	    struct config *, const struct config_row *, const char *, struct buf *);
	void (*clear)(struct config *, const struct config_row *);
	bool is_list;
} types[] = {
	[CONFIG_BOOL] = { read_bool, NULL, false },
	[CONFIG_INT] = { read_int, NULL, false },
	[CONFIG_MODE] = { read_mode, NULL, false },
	[CONFIG_TIME] = { read_time, NULL, false },
	[CONFIG_WORD] = { read_word, NULL, false },
	[CONFIG_STRING] = { read_string, clear_string, false },
	[CONFIG_SOCKET] = { read_socket, clear_string, false },
	[CONFIG_METRICS] = { read_metrics, clear_string, false },
	[CONFIG_TEXT] = { read_text, clear_string, false },
	[CONFIG_CONNINFO] = { read_conninfo, clear_string, false },
	[CONFIG_ID] = { read_id, clear_string, false },
	[CONFIG_RELAY_RESULTS] = { read_relay_results, clear_relay_results, false },
	[CONFIG_MARK] = { read_mark, clear_mark, false },
	[CONFIG_CODE] = { read_code, clear_code, false },
	[CONFIG_IDS] = { read_ids, clear_words, true },
	[CONFIG_DOMAIN] = { read_domain, clear_string, false },
	[CONFIG_ADDRESS] = { read_address, clear_string, false },
	[CONFIG_EXCLUDES] = { read_excludes, clear_words, true },
	[CONFIG_DOMAINS] = { read_domains, clear_words, true },
	[CONFIG_SERVERS] = { read_servers, clear_words, true },
	[CONFIG_NETWORKS] = { read_networks, clear_networks, true },
	[CONFIG_FORWARDERS] = { read_forwarder, clear_forwarders, true },
	[CONFIG_OVERRIDES] = { read_override, clear_overrides, true },
};

bool
config_value_is_list(const struct config_row *row)
{
	return types[row->type].is_list;
}

bool
config_value_read(struct config *config, const struct config_row *row, const char *text,
    struct buf *why)
{
	return types[row->type].read(config, row, text, why);
}

void
config_value_clear(struct config *config, const struct config_row *row)
{
	if (types[row->type].clear != NULL)
		types[row->type].clear(config, row);
}
