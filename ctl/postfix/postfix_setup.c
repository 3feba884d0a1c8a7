#include <string.h>
#include <strings.h>

#include "config/config.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/text.h"

#define SEPARATORS ", \t\r\n"

const char *
postfix_setup_value(const struct postfix_setup *setup, const char *name)
{
	const char *value = postconf_value(&setup->postconf, name);

	return value != NULL ? value : "";
}

const char *
postfix_setup_own(
    const struct postfix_setup *setup, const char *service, const char *name)
{
	return postconf_value(
	    &setup->postconf, pool_printf(setup->pool, "%s/%s", service, name));
}

const char *
postfix_setup_next_smtpd(
    const struct postfix_setup *setup, const struct postconf_setting **at)
{
	static const char column[] = "/command";

	while (*at != NULL) {
		const struct postconf_setting *s = *at;
		size_t name = strlen(s->name), word = strcspn(s->value, " \t");

		*at = s->next;
		if (name > strlen(column) &&
		    strcmp(s->name + name - strlen(column), column) == 0 &&
		    word == strlen("smtpd") && strncmp(s->value, "smtpd", word) == 0)
			return pool_strndup(setup->pool, s->name, name - strlen(column));
	}
	return NULL;
}

bool
postfix_setup_is_public(const char *service)
{
	static const char *const names[] = { "smtp/inet", "25/inet" };
	const char *slash = strchr(service, '/');
	const char *colon = memrchr(service, ':', (size_t)(slash - service));
	const char *port = colon != NULL ? colon + 1 : service;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(port, names[i]) == 0)
			return true;
	}
	return strcmp(slash, "/pass") == 0;
}

bool
postfix_setup_is_ours(
    const struct postfix_setup *setup, const struct milters_entry *entry)
{
	return milters_leads_to(entry->address, setup->socket, &setup->view, setup->pool);
}

const struct milters_entry *
postfix_setup_find_ours(const struct postfix_setup *setup, const char *milters)
{
	const struct milters_entry *entry = milters_read(milters, setup->pool);

	while (entry != NULL && !postfix_setup_is_ours(setup, entry))
		entry = entry->next;
	return entry;
}

const char *
postfix_setup_command(
    const struct postfix_setup *setup, const char *name, const char *value)
{
	return pool_printf(setup->pool, "postconf %s%s%s-e '%s = %s'",
	    setup->dir != NULL ? "-c " : "", setup->dir != NULL ? setup->dir : "",
	    setup->dir != NULL ? " " : "", name, value);
}

const char *
postfix_setup_in_force(
    const struct postfix_setup *setup, const char *service, const char *name, bool *own)
{
	const char *value = postfix_setup_own(setup, service, name);

	*own = value != NULL;
	return value != NULL ? value : postfix_setup_value(setup, name);
}

bool
postfix_setup_asks_us(const struct postfix_setup *setup, const char *service)
{
	bool own;
	const char *milters =
	    postfix_setup_in_force(setup, service, "smtpd_milters", &own);

	return postfix_setup_find_ours(setup, milters) != NULL;
}

const char *
postfix_setup_default_command(const struct postfix_setup *setup, const char *name)
{
	return pool_printf(setup->pool, "postconf %s%s%s-X %s",
	    setup->dir != NULL ? "-c " : "", setup->dir != NULL ? setup->dir : "",
	    setup->dir != NULL ? " " : "", name);
}

const char *
postfix_setup_default_again(
    const struct postfix_setup *setup, const char *service, const char *name)
{
	return service == NULL ? postfix_setup_default_command(setup, name)
			       : pool_printf(setup->pool,
				     _("remove %s from that service in master.cf"), name);
}

bool
postfix_setup_has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list + strspn(list, SEPARATORS "{}"); *p != '\0';
	     p += strspn(p, SEPARATORS "{}")) {
		size_t found = strcspn(p, SEPARATORS "{}");

		if (found == len && strncasecmp(p, word, len) == 0)
			return true;
		p += found;
	}
	return false;
}
