#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/pool.h"
#include "base/text.h"
#include "config/config.h"
#include "ctl/aside.h"
#include "ctl/audit/audit_postfix.h"
#include "ctl/audit/server.h"
#include "ctl/postfix/postconf.h"
#include "ctl/postfix/postfix_check.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/text.h"
#include "dns/resolv_conf.h"
#include "edge/listener.h"

#define WHY_OCTETS 1024
#define SENDS "smtp/unix" /* what carries mail out */
#define NAME_SERVER "nameserver"

/* What a child prints before its lines, each "WORD value". */
#define IS_NAME "NAME"
#define IS_OPEN "OPEN"
#define IS_RELAY "RELAY"
#define IS_TLS "TLS"
#define IS_DNS "DNS"
#define IS_RESOLVER "RESOLVER"
#define IS_TLS_FILE "TLSFILE"

/* As postconf(5) has it where smtp_tls_security_level is empty. */
static const char *
tls_level(const struct postfix_setup *setup)
{
	bool own;
	const char *level =
	    postfix_setup_in_force(setup, SENDS, "smtp_tls_security_level", &own);

	if (*level != '\0')
		return level;
	if (strcmp(postfix_setup_value(setup, "smtp_enforce_tls"), "yes") == 0)
		return "encrypt";
	return strcmp(postfix_setup_value(setup, "smtp_use_tls"), "yes") == 0 ? "may"
									      : "none";
}

/* The first name server that is another host's; NULL: none is. */
static const char *
foreign_resolver(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		char *word = strsep(&line, " \t");
		struct ip ip;

		if (strcmp(word, NAME_SERVER) != 0 || line == NULL)
			continue;
		line += strspn(line, " \t");
		line[strcspn(line, " \t\r%")] = '\0';
		if (ip_parse(line, &ip) && !ip_is_loopback(&ip))
			return line;
	}
	return NULL;
}

/* Debian's chroot has a file of its own. */
static void
tell_resolver(const struct postfix_setup *setup)
{
	char *text = resolv_conf_read(
	    setup->view.chrooted
		? pool_printf(setup->pool, "%s/etc/resolv.conf", setup->view.queue)
		: "/etc/resolv.conf");
	const char *foreign = text != NULL ? foreign_resolver(text) : NULL;

	if (foreign != NULL)
		printf(IS_RESOLVER " %s\n", foreign);
	free(text);
}

static void
tell_sending(const struct postfix_setup *setup)
{
	const char *relay = postfix_setup_value(setup, "relayhost");
	bool own;

	printf(IS_TLS " %s\n", tls_level(setup));
	printf(IS_DNS " %s\n",
	    postfix_setup_in_force(setup, SENDS, "smtp_dns_support_level", &own));
	if (*relay != '\0')
		printf(IS_RELAY " %s\n", relay);
	if (postconf_value(&setup->postconf, "tls_config_file") != NULL)
		puts(IS_TLS_FILE);
	tell_resolver(setup);
}

/* In a child, with what `beschermctl postfix` would say. */
static bool
tell_postfix(void *arg)
{
	static const char *const parameters[] = { "myhostname", "relayhost",
		"smtp_dns_support_level", "smtp_enforce_tls", "smtp_tls_security_level",
		"smtp_use_tls", "tls_config_file", NULL };
	struct pool *pool = pool_new();
	char why[WHY_OCTETS];
	struct postfix_setup setup = { .config = arg, .pool = pool };
	struct postconf_question question = { NULL, pool, why, sizeof why };

	if (listener_check_spec(setup.config->socket) != NULL ||
	    postfix_check_begin(&setup, why, sizeof why) == -1 ||
	    postconf_add(&setup.postconf, &question, parameters) == -1)
		return false;
	printf(IS_NAME " %s\n", postfix_setup_value(&setup, "myhostname"));
	if (strcmp(postfix_setup_value(&setup, "milter_default_action"), "accept") == 0)
		puts(IS_OPEN);
	tell_sending(&setup);
	postfix_check_all(&setup);
	return true;
}

/* The text of a finding that is to be mended; NULL: the line is none. */
static const char *
mend_of(const char *line)
{
	const char *label = _("MEND  ");
	size_t len = strlen(label);

	return strncmp(line, label, len) == 0 ? line + len : NULL;
}

/* What follows ${word} and a space; NULL: it is not that line. */
static const char *
value_of(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

static void
take_sending(struct server_sending *to, const char *line, struct pool *pool)
{
	const struct {
		const char *word, **value;
	} rows[] = {
		{ IS_RELAY, &to->relay },
		{ IS_TLS, &to->tls },
		{ IS_DNS, &to->dns },
		{ IS_RESOLVER, &to->resolver },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *value = value_of(line, rows[i].word);

		if (value != NULL)
			*rows[i].value = pool_strdup(pool, value);
	}
}

static void
take_line(struct server *s, const char *line, struct pool *pool)
{
	const char *mend = mend_of(line), *name = value_of(line, IS_NAME);

	if (name != NULL)
		wordlist_add(&s->names, name);
	else if (strcmp(line, IS_OPEN) == 0)
		s->passes_without_us = true;
	else if (strcmp(line, IS_TLS_FILE) == 0)
		s->has_tls_file = true;
	else if (mend != NULL && s->postfix_faults++ == 0)
		s->postfix_first = pool_strdup(pool, mend);
	else
		take_sending(&s->sending, line, pool);
}

void
audit_postfix_look(struct server *s, struct config *config, struct pool *pool)
{
	struct text said = { 0 };
	char *rest, *line;

	s->has_postfix = aside_run(tell_postfix, config, &said) && said.data != NULL;
	rest = s->has_postfix ? said.data : NULL;
	while ((line = strsep(&rest, "\n")) != NULL)
		take_line(s, line, pool);
	text_free(&said);
}
