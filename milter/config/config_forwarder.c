#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/netlist.h"
#include "config/config.h"
#include "config/config_domain.h"
#include "config/config_forwarder.h"
#include "config/config_syntax.h"
#include "config/config_text.h"
#include "mail/address.h"

#define SEPARATORS " \t,"
#define ONLY "only="
#define FORWARDED "forwarded"

static bool
read_entry(struct config_forwarder *f, const char *text, struct buf *why)
{
	if (*text == '.') {
		f->domain = config_domain_read(text, CONFIG_DOMAIN_DOTTED, why);
		return f->domain != NULL;
	}
	if (netlist_parse(text, &f->network))
		return true;
	config_text_refuse(
	    why, text, "is not an address, a network such as 192.0.2.0/24, or local");
	if (config_syntax_is_like_host(text))
		buf_puts(why, "; clients are named by a domain above their names, with a "
			      "dot before it, such as .example.org");
	return false;
}

bool
config_forwarder_add(struct config *config, const char *text, struct buf *why)
{
	struct config_forwarder f = { 0 };

	if (!read_entry(&f, text, why))
		return false;
	config->forwarders = mem_realloc(config->forwarders,
	    (config->forwarder_count + 1) * sizeof *config->forwarders);
	config->forwarders[config->forwarder_count++] = f;
	return true;
}

void
config_forwarder_clear(struct config *config)
{
	for (size_t i = 0; i < config->forwarder_count; i++) {
		free(config->forwarders[i].domain);
		free(config->forwarders[i].file);
	}
	free(config->forwarders);
	config->forwarders = NULL;
	config->forwarder_count = 0;
}

bool
config_forwarder_take_only(char *line, bool *only, struct buf *why)
{
	bool entry = false;

	*only = false;
	for (char *p = line; *(p += strspn(p, SEPARATORS)) != '\0';) {
		size_t len = strcspn(p, SEPARATORS);

		if (strncasecmp(p, ONLY, strlen(ONLY)) != 0) {
			entry = true;
		} else if (len == strlen(ONLY FORWARDED) &&
			   strncasecmp(p, ONLY FORWARDED, len) == 0) {
			memset(p, ' ', len);
			*only = true;
		} else {
			p[len] = '\0';
			return config_text_refuse(why, p, "is not " ONLY FORWARDED);
		}
		p += len;
	}
	return !*only || entry ||
	       config_text_refuse(why, ONLY FORWARDED,
		   "applies to the entries of its own line, and there are none");
}

void
config_forwarder_mark(struct config *config, size_t first)
{
	for (size_t i = first; i < config->forwarder_count; i++)
		config->forwarders[i].only_forwarded = true;
}

bool
config_forwarder_covers(
    const struct config_forwarder *f, const struct ip *client, const char *name)
{
	if (f->domain == NULL)
		return netlist_covers(&f->network, client);
	return name != NULL && strcmp(name, f->domain) != 0 &&
	       address_is_within(name, f->domain);
}

const struct config_forwarder *
config_forwarder_find(const struct config *config, const struct ip *client,
    const char *name, bool forwarded)
{
	const struct config_forwarder *found = NULL;

	for (size_t i = 0; i < config->forwarder_count; i++) {
		const struct config_forwarder *f = &config->forwarders[i];

		if ((found != NULL && f->only_forwarded) ||
		    (f->only_forwarded && !forwarded) ||
		    !config_forwarder_covers(f, client, name))
			continue;
		found = f;
		if (!f->only_forwarded)
			break;
	}
	return found;
}

bool
config_forwarder_has_address(const struct config *config, const struct ip *client)
{
	for (size_t i = 0; i < config->forwarder_count; i++) {
		if (config_forwarder_covers(&config->forwarders[i], client, NULL))
			return true;
	}
	return false;
}

static void
add_names(const struct config *config, bool only_forwarded, struct wordlist *names)
{
	for (size_t i = 0; i < config->forwarder_count; i++) {
		const struct config_forwarder *f = &config->forwarders[i];

		if (f->domain != NULL && f->only_forwarded == only_forwarded)
			wordlist_add(names, f->domain);
	}
}

void
config_forwarder_names(const struct config *config, struct wordlist *names)
{
	add_names(config, false, names);
	add_names(config, true, names);
}

void
config_forwarder_print(const struct config_forwarder *f, FILE *out)
{
	char text[NETWORK_TEXT_SIZE];

	if (f->domain != NULL)
		fprintf(out, ".%s", f->domain);
	else
		fputs(netlist_format(&f->network, text), out);
	if (f->only_forwarded)
		fputs(" " ONLY FORWARDED, out);
}

char *
config_forwarder_text(const struct config_forwarder *f)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		abort(); /* out of memory */
	config_forwarder_print(f, out);
	fclose(out);
	return text;
}
