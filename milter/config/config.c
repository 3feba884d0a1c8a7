#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/day.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/config_doors.h"
#include "config/config_file.h"
#include "config/config_override.h"
#include "config/config_place.h"
#include "config/config_print.h"
#include "config/config_relay.h"
#include "config/config_report.h"
#include "config/config_syntax.h"
#include "config/config_table.h"
#include "config/config_text.h"
#include "config/config_value.h"
#include "mail/authres_id.h"

static struct config *
config_defaults(struct buf *why)
{
	struct config *config = mem_alloc(sizeof *config);
	size_t count;
	const struct config_row *rows = config_table_rows(&count);

	config->origins = mem_alloc(count * sizeof *config->origins);
	for (size_t i = 0; i < count; i++) {
		char *text = mem_strdup(rows[i].value), *rest = text, *word = text;

		/* The table is ours: every default can be read (test_config). */
		if (!config_value_is_list(&rows[i])) {
			config_value_read(config, &rows[i], text, why);
			word = NULL;
		}
		while (word != NULL && config_text_word(&rest, " ,", &word)) {
			if (word != NULL)
				config_value_read(config, &rows[i], word, why);
		}
		free(text);
	}
	return config;
}

#define WARNING_OCTETS 1600
#define PLACE_OCTETS 1200
#define WIDEST_OF_ONE 7 /* fc00::/7 are addresses of one's own */
#define DAYS_BEFORE 7   /* an Override ends: to be told */

static void warn(struct config *config, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
warn(struct config *config, const char *fmt, ...)
{
	char text[WARNING_OCTETS];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	wordlist_add(&config->warnings, text);
}

/* A sender could write our results if results under our own name stayed. */
static void
check_trusted_ids(struct config *config)
{
	struct wordlist kept = { 0 };

	for (size_t i = 0; i < config->trusted_authserv_ids.count; i++) {
		const char *id = config->trusted_authserv_ids.words[i];

		if (strchr(id, '*') != NULL)
			warn(config,
			    "TrustedAuthservIDs: %s is not a pattern, but that id alone",
			    id);
		if (authres_id_is_same(id, strlen(id), config->authserv_id))
			warn(config,
			    "TrustedAuthservIDs: %s is our own AuthservID: ignored, or "
			    "a sender could write our results",
			    id);
		else
			wordlist_add(&kept, id);
	}
	wordlist_clear(&config->trusted_authserv_ids);
	config->trusted_authserv_ids = kept;
}

/* "file:line: ", where it stands in a file. */
static const char *
place_text(const struct config_place *place, char text[PLACE_OCTETS])
{
	*text = '\0';
	if (place != NULL)
		snprintf(text, PLACE_OCTETS, "%s:%d: ", place->file, place->line);
	return text;
}

/* "192.0.2.17/24": one host is meant, or the network, and the latter is what it is. */
static void
check_bits(struct config *config, const struct network *network, const char *where)
{
	char text[NETWORK_TEXT_SIZE], whole[NETWORK_TEXT_SIZE], ip[IP_TEXT_SIZE];
	const struct network base = netlist_base(network);

	if (memcmp(base.ip.octets, network->ip.octets, sizeof base.ip.octets) != 0)
		warn(config, "%s: %s is all of %s; for the one address write %s", where,
		    netlist_format(network, text), netlist_format(&base, whole),
		    ip_format(&network->ip, ip));
}

/* No public network that is wider is one owner's. */
static bool
is_for_anyone(const struct config_override *o)
{
	return !o->has_client ||
	       (o->client.ip.family != IP_LOCAL && o->client.prefix < WIDEST_OF_ONE);
}

static void
check_overrides(struct config *config)
{
	char name[CONFIG_OVERRIDE_NAME_SIZE];

	for (size_t i = 0; i < config->override_count; i++) {
		const struct config_override *o = &config->overrides[i];

		config_override_name(o, name);
		if (config_override_lets_in(config, o) && is_for_anyone(o))
			warn(config, "%s %s %s lets anyone use that name", name,
			    config_table_word_of(config_table_actions(), o->action),
			    o->has_client ? "with client= so wide" : "without client=");
		if (o->has_client)
			check_bits(config, &o->client, name);
		if (config_override_lets_in(config, o) &&
		    config_override_is_of_relay(config, o))
			warn(config,
			    "%s client= is one of TrustedRelays: all mail in that name "
			    "that comes through it is let in, forged mail too",
			    name);
	}
}

static void
check_list(struct config *config, const struct config_row *row)
{
	const struct netlist *list = config_table_networks(config, row);
	char place[PLACE_OCTETS], where[PLACE_OCTETS + 40];

	for (size_t i = 0; i < list->count; i++) {
		const struct network *network = &list->networks[i];

		if (network->prefix == 0 && network->ip.family != IP_LOCAL) {
			warn(config, "%s contains every address there is", row->name);
			continue;
		}
		snprintf(where, sizeof where, "%s%s",
		    place_text(config_place_of(config, row, i), place), row->name);
		check_bits(config, network, where);
	}
}

static void
check_lists(struct config *config)
{
	size_t count;
	const struct config_row *rows = config_table_rows(&count);

	for (size_t i = 0; i < count; i++) {
		if (rows[i].type == CONFIG_NETWORKS)
			check_list(config, &rows[i]);
	}
}

/* No domain of one label is one owner's. */
static void
check_forwarder(struct config *config, const struct config_forwarder *f)
{
	const char *name = "TrustedForwarders";
	char place[PLACE_OCTETS] = "", where[PLACE_OCTETS + 40];

	if (f->file != NULL && f->line > 0)
		snprintf(place, sizeof place, "%s:%d: ", f->file, f->line);
	snprintf(where, sizeof where, "%s%s", place, name);
	if (f->domain != NULL && strchr(f->domain, '.') == NULL)
		warn(config,
		    "%s: .%s contains every client whose name ends in that: anybody's",
		    where, f->domain);
	else if (f->domain == NULL && f->network.prefix == 0 &&
		 f->network.ip.family != IP_LOCAL)
		warn(config, "%s contains every address there is", name);
	else if (f->domain == NULL)
		check_bits(config, &f->network, where);
}

static void
check_networks(struct config *config)
{
	for (size_t i = 0; i < config->forwarder_count; i++)
		check_forwarder(config, &config->forwarders[i]);
	check_lists(config);
}

/* "file:line: Name: ", for what is wrong with a setting that was given. */
static void
say_origin(const struct config *config, const char *name, struct buf *why)
{
	size_t i = config_table_index(config_table_find(name));
	const struct config_origin *origin = &config->origins[i];

	if (origin->line > 0)
		buf_printf(why, "%s:%d: %s: ", origin->file, origin->line, name);
	else
		buf_printf(why, "%s: %s: ", CONFIG_COMMAND_LINE, name);
}

/* Who asks for more may not get less. */
static void
check_order(struct config *config)
{
	if (config->on_quarantine == CONFIG_REJECT &&
	    (config->on_reject == CONFIG_HEADER || config->on_reject == CONFIG_ACCEPT ||
		config->on_reject == CONFIG_HOLD))
		warn(config,
		    "OnQuarantine reject is stricter than OnReject: mail whose domain "
		    "asks for "
		    "less is refused, and mail whose domain asks for more is not");
	if (config->on_quarantine == CONFIG_HOLD &&
	    (config->on_reject == CONFIG_HEADER || config->on_reject == CONFIG_ACCEPT))
		warn(config,
		    "OnQuarantine hold is stricter than OnReject: mail whose domain asks "
		    "for "
		    "less is held, and mail whose domain asks for more comes in");
}

/* What no setting can tell about itself alone. */
static bool
check_together(struct config *config, struct buf *why)
{
	check_trusted_ids(config);
	if (config_relay_idle(config) != NULL)
		warn(config, "RelayResults: %s", config_relay_idle(config));
	check_overrides(config);
	config_doors_warn(config, &config->warnings);
	config_report_warn(config, &config->warnings);
	check_networks(config);
	check_order(config);
	if (*config->zone_file != '\0')
		warn(config, "ZoneFile: all answers come from %s, DNS is not asked",
		    config->zone_file);
	if (wordlist_has(&config->nameservers, "recursive") &&
	    config->nameservers.count > 1) {
		say_origin(config, "Nameservers", why);
		buf_puts(why, "recursive must stand alone, without addresses");
		return false;
	}
	return true;
}

struct config *
config_load(const char *path, const struct config_reader *reader,
    const char *const *settings, size_t setting_count, char *why, size_t whysize)
{
	struct config *config;
	struct buf reason;
	bool ok = true;

	buf_init(&reason, why, whysize);
	config = config_defaults(&reason);
	if (path != NULL)
		ok = config_file_read(config, path, reader, &reason);
	for (size_t i = 0; ok && i < setting_count; i++)
		ok = config_file_setting(config, settings[i], reader, &reason);
	if (ok) {
		buf_init(&reason, why, whysize);
		ok = check_together(config, &reason);
	}
	if (!ok) {
		config_free(config);
		return NULL;
	}
	return config;
}

bool
config_is_from_file(const struct config *config)
{
	size_t count;

	(void)config_table_rows(&count);
	for (size_t i = 0; i < count; i++) {
		if (config->origins[i].line > 0)
			return true;
	}
	return false;
}

void
config_name_host(struct config *config, const char *host)
{
	struct wordlist *ids = &config->trusted_authserv_ids, named = { 0 };

	if (strcmp(config->authserv_id, CONFIG_HOSTNAME) == 0) {
		free(config->authserv_id);
		config->authserv_id = mem_strdup(host);
	}
	for (size_t i = 0; i < ids->count; i++) {
		bool is_host = strcmp(ids->words[i], CONFIG_HOSTNAME) == 0;

		wordlist_add(&named, is_host ? host : ids->words[i]);
	}
	wordlist_clear(ids);
	*ids = named;
	check_trusted_ids(config);
}

const char *
config_authserv_id(const struct config *config, const char *host_name)
{
	return *config->authserv_id != '\0' ? config->authserv_id : host_name;
}

void
config_free(struct config *config)
{
	size_t count;
	const struct config_row *rows = config_table_rows(&count);

	if (config == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		config_value_clear(config, &rows[i]);
		free(config->origins[i].file);
	}
	free(config->origins);
	config_place_free(config);
	wordlist_clear(&config->warnings);
	free(config);
}

/* What is to be said of ${o}, given what a day knows. */
enum expiry { EXPIRY_FAR, EXPIRY_NEAR, EXPIRY_LAST_DAY, EXPIRY_OVER };

static enum expiry
expiry_on(const struct config_override *o, int day)
{
	if (o->until == 0 || day == 0)
		return EXPIRY_FAR;
	if (config_override_is_over(o, day))
		return EXPIRY_OVER;
	if (o->until == day)
		return EXPIRY_LAST_DAY;
	return day_difference(day, o->until) <= DAYS_BEFORE ? EXPIRY_NEAR : EXPIRY_FAR;
}

size_t
config_expired(const struct config *config, int today)
{
	size_t count = 0;

	for (size_t i = 0; i < config->override_count; i++)
		count += expiry_on(&config->overrides[i], today) == EXPIRY_OVER;
	return count;
}

void
config_warn_expired(
    const struct config *config, int told, int today, struct wordlist *warnings)
{
	static const struct {
		const char *before, *behind;
	} said[] = {
		[EXPIRY_NEAR] = { "ends on", "" },
		[EXPIRY_LAST_DAY] = { "ends today:", " is its last day" },
		[EXPIRY_OVER] = { "ended on", " and is not applied" },
	};
	char name[CONFIG_OVERRIDE_NAME_SIZE], text[WARNING_OCTETS];

	for (size_t i = 0; i < config->override_count; i++) {
		const struct config_override *o = &config->overrides[i];
		const enum expiry expiry = expiry_on(o, today);

		if (expiry <= expiry_on(o, told))
			continue;
		snprintf(text, sizeof text, "%s %s %04d-%02d-%02d%s",
		    config_override_name(o, name), said[expiry].before, o->until / 10000,
		    o->until / 100 % 100, o->until % 100, said[expiry].behind);
		wordlist_add(warnings, text);
	}
}
