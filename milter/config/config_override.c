#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/config_domain.h"
#include "config/config_override.h"
#include "config/config_syntax.h"
#include "config/config_table.h"
#include "config/config_text.h"
#include "mail/address.h"

#define REASON_MAX 200

static bool
read_domain(struct config_override *o, const char *text, struct buf *why)
{
	bool below = *text == '.';

	o->domain = config_domain_read(text, CONFIG_DOMAIN_DOTTED, why);
	o->below = below;
	return o->domain != NULL;
}

static bool
read_action(struct config_override *o, const char *text, struct buf *why)
{
	return config_table_word(config_table_actions(), text, &o->action, why);
}

static bool
read_until(struct config_override *o, const char *text, struct buf *why)
{
	o->until = config_syntax_day(text);
	return o->until != 0 ||
	       config_text_refuse(why, text, "is not a day such as 2027-01-31");
}

static bool
read_client(struct config_override *o, const char *text, struct buf *why)
{
	o->has_client = netlist_parse(text, &o->client);
	return o->has_client ||
	       config_text_refuse(
		   why, text, "is not an address or a network such as 192.0.2.0/24");
}

static bool
read_reason(struct config_override *o, const char *text, struct buf *why)
{
	if (strlen(text) > REASON_MAX)
		return config_text_refuse(why, "reason", "is too long");
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~')
			return config_text_refuse(why, text, "is not printable ASCII");
	}
	free(o->reason);
	o->reason = mem_strdup(text);
	return true;
}

static bool
read_option(struct config_override *o, const char *word, struct buf *why)
{
	static const struct {
		const char *name;
		bool (*read)(struct config_override *, const char *, struct buf *);
	} options[] = {
		{ "until=", read_until },
		{ "client=", read_client },
		{ "reason=", read_reason },
	};

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		size_t len = strlen(options[i].name);

		if (strncasecmp(word, options[i].name, len) == 0)
			return options[i].read(o, word + len, why);
	}
	return config_text_refuse(why, word, "is not one of until=, client=, reason=");
}

static bool
read_words(struct config_override *o, char *text, struct buf *why)
{
	bool (*read)(struct config_override *, const char *, struct buf *) = read_domain;
	char *word;

	do {
		if (!config_text_word(&text, " \t", &word))
			return config_text_refuse(
			    why, "Override", "has a quote that is not closed");
		if (word != NULL && !read(o, word, why))
			return false;
		if (word != NULL)
			read = read == read_domain ? read_action : read_option;
	} while (word != NULL);
	return read == read_option ||
	       config_text_refuse(why, "Override", "needs DOMAIN ACTION");
}

bool
config_override_read(struct config_override *o, const char *text, struct buf *why)
{
	char *copy = mem_strdup(text);
	bool ok;

	*o = (struct config_override){ 0 };
	ok = read_words(o, copy, why);
	free(copy);
	if (!ok)
		config_override_clear(o);
	return ok;
}

void
config_override_clear(struct config_override *o)
{
	free(o->domain);
	free(o->reason);
	free(o->file);
	*o = (struct config_override){ 0 };
}

bool
config_override_names(const struct config_override *o, const char *domain)
{
	bool equal = strcmp(domain, o->domain) == 0;

	return o->below ? !equal && address_is_within(domain, o->domain) : equal;
}

bool
config_override_is_same(const struct config_override *a, const struct config_override *b)
{
	const struct network x = netlist_base(&a->client), y = netlist_base(&b->client);

	if (a->below != b->below || a->has_client != b->has_client ||
	    strcmp(a->domain, b->domain) != 0)
		return false;
	return !a->has_client || (x.prefix == y.prefix && ip_is_equal(&x.ip, &y.ip));
}

bool
config_override_lets_in(const struct config *config, const struct config_override *o)
{
	return o->action == CONFIG_ACCEPT ||
	       (o->action == CONFIG_QUARANTINE && config->on_quarantine == CONFIG_ACCEPT);
}

bool
config_override_is_of_relay(const struct config *config, const struct config_override *o)
{
	return o->has_client && netlist_touches(&config->trusted_relays, &o->client);
}

bool
config_override_is_over(const struct config_override *o, int today)
{
	return o->until != 0 && o->until < today;
}

static bool
applies(const struct config_override *o, const char *domain, const struct ip *client,
    int today)
{
	if (config_override_is_over(o, today))
		return false;
	if (o->has_client && !netlist_covers(&o->client, client))
		return false;
	return config_override_names(o, domain);
}

/* Of two that apply: does ${a} say more about this mail than ${b}, or as much? */
static bool
is_closer(const struct config_override *a, const struct config_override *b)
{
	if (a->below != b->below)
		return !a->below;
	if (strlen(a->domain) != strlen(b->domain))
		return strlen(a->domain) > strlen(b->domain);
	return a->has_client || !b->has_client;
}

const struct config_override *
config_override_find(
    const struct config *config, const char *domain, const struct ip *client, int today)
{
	const struct config_override *best = NULL;

	for (size_t i = 0; i < config->override_count; i++) {
		const struct config_override *o = &config->overrides[i];

		if (applies(o, domain, client, today) &&
		    (best == NULL || is_closer(o, best)))
			best = o;
	}
	return best;
}

const char *
config_override_name(
    const struct config_override *o, char text[CONFIG_OVERRIDE_NAME_SIZE])
{
	struct buf b;

	buf_init(&b, text, CONFIG_OVERRIDE_NAME_SIZE);
	buf_puts(&b, o->file);
	if (o->line > 0)
		buf_printf(&b, ":%d", o->line);
	buf_printf(&b, ": Override %s%s", o->below ? "." : "", o->domain);
	return text;
}

void
config_override_print(const struct config_override *o, FILE *out)
{
	char network[NETWORK_TEXT_SIZE];

	fprintf(out, "%s%s %s", o->below ? "." : "", o->domain,
	    config_table_word_of(config_table_actions(), o->action));
	if (o->until != 0)
		fprintf(out, " until=%04d-%02d-%02d", o->until / 10000,
		    o->until / 100 % 100, o->until % 100);
	if (o->has_client)
		fprintf(out, " client=%s", netlist_format(&o->client, network));
	if (o->reason != NULL) {
		fputs(" reason=\"", out);
		for (const char *p = o->reason; *p != '\0'; p++)
			fprintf(out, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
		fputc('"', out);
	}
}
