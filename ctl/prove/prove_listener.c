#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/prove/prove_case.h"
#include "ctl/prove/prove_listener.h"

#define OPTIONS_MAX 80
#define MACRO_NAME "milter_macro_daemon_name"

/*
 * Mail comes in here by XCLIENT alone, for one address, past all that judges clients and
 * senders but the filters; and whatever is taken waits at retry(8) until it is deleted.
 */
static const struct prove_option own[] = {
	{ "syslog_name", "postfix/prove" },
	{ MACRO_NAME, PROVE_LISTENER },
	{ "smtpd_authorized_xclient_hosts", "127.0.0.1" },
	{ "mynetworks", "" },
	{ "smtpd_client_restrictions", "" },
	{ "smtpd_helo_restrictions", "" },
	{ "smtpd_sender_restrictions", "" },
	{ "smtpd_relay_restrictions", "" },
	{ "smtpd_recipient_restrictions",
	    "check_recipient_access,inline:{" PROVE_RECIPIENT "=OK},reject" },
	{ "smtpd_data_restrictions", "" },
	{ "smtpd_end_of_data_restrictions", "" },
	{ "smtpd_reject_unlisted_recipient", "no" },
	{ "smtpd_reject_unlisted_sender", "no" },
	{ "smtpd_client_event_limit_exceptions", PROVE_NETWORK },
	{ "smtpd_proxy_filter", "" },
	{ "smtpd_sasl_auth_enable", "no" },
	{ "smtpd_tls_security_level", "none" },
	{ "smtpd_tls_wrappermode", "no" },
	{ "smtpd_upstream_proxy_protocol", "" },
	{ "smtpd_discard_ehlo_keywords", "" },
	{ "smtpd_discard_ehlo_keyword_address_maps", "" },
	{ "content_filter", "retry:" PROVE_LISTENER },
	{ "receive_override_options", "no_address_mappings,no_header_body_checks" },
};

#define OWN_COUNT (sizeof own / sizeof *own)

static bool
is_of_network(const char *service)
{
	const char *slash = strchr(service, '/');

	return slash != NULL &&
	       (strcmp(slash, "/inet") == 0 || strcmp(slash, "/pass") == 0);
}

/* Ports where users log in. */
static bool
is_for_users(const char *service)
{
	static const char *const ports[] = { "submission/inet", "587/inet", "smtps/inet",
		"submissions/inet", "465/inet" };
	const char *slash = strchr(service, '/');
	const char *colon = memrchr(service, ':', (size_t)(slash - service));
	const char *port = colon != NULL ? colon + 1 : service;

	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
		if (strcmp(port, ports[i]) == 0)
			return true;
	}
	return false;
}

/* Does ${s} say that a service is postscreen's? */
static bool
is_screen(const struct postconf_setting *s)
{
	static const char column[] = "/command", screen[] = "postscreen";
	size_t len = strlen(s->name);

	return len > strlen(column) &&
	       strcmp(s->name + len - strlen(column), column) == 0 &&
	       strncmp(s->value, screen, strlen(screen)) == 0;
}

/* A service of type pass has those alone that postscreen hands it. */
static bool
has_clients(const struct postfix_setup *setup, const char *service)
{
	const char *type = strchr(service, '/');
	bool is_own;

	if (strcmp(type, "/pass") != 0)
		return true;
	for (const struct postconf_setting *s = setup->postconf.first; s != NULL;
	     s = s->next) {
		const char *screen, *next;

		if (!is_screen(s))
			continue;
		screen = pool_strndup(
		    setup->pool, s->name, (size_t)(strrchr(s->name, '/') - s->name));
		next =
		    postfix_setup_in_force(setup, screen, "smtpd_service_name", &is_own);
		if (strncmp(service, next, (size_t)(type - service)) == 0 &&
		    next[type - service] == '\0')
			return true;
	}
	return false;
}

/* Port 25, or what postscreen hands on; without either, the first that is not for users.
 */
static const char *
find_source(const struct postfix_setup *setup)
{
	const struct postconf_setting *at = setup->postconf.first;
	const char *service, *other = NULL;

	while ((service = postfix_setup_next_smtpd(setup, &at)) != NULL) {
		if (strcmp(service, PROVE_SERVICE) == 0 || !is_of_network(service))
			continue;
		if (postfix_setup_is_public(service) && has_clients(setup, service))
			return service;
		if (other == NULL && !is_for_users(service) &&
		    has_clients(setup, service))
			other = service;
	}
	return other;
}

static bool
is_break(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * postconf(1) -P takes no white space in a value.  Between words a comma means the same;
 * beside what separates already nothing is needed.
 */
static const char *
without_blanks(const char *value, struct pool *pool)
{
	char *text = pool_alloc(pool, strlen(value) + 1), *to = text;

	for (const char *p = value; *p != '\0'; p++) {
		const char *next = p + strspn(p, " \t\r\n");

		if (!is_break(*p)) {
			*to++ = *p;
			continue;
		}
		if (to > text && *next != '\0' && strchr(",{=", to[-1]) == NULL &&
		    strchr(",}=", *next) == NULL)
			*to++ = ',';
		p = next - 1;
	}
	return text;
}

/* What the source has for itself: which filters see its mail, and what their no comes to.
 */
static bool
is_copied(const char *name)
{
	return strcmp(name, "smtpd_milters") == 0 ||
	       strcmp(name, "smtpd_milter_maps") == 0 ||
	       strcmp(name, "soft_bounce") == 0 ||
	       (strncmp(name, "milter_", strlen("milter_")) == 0 &&
		   strcmp(name, MACRO_NAME) != 0);
}

struct prove_options_list
prove_listener_options(const struct postfix_setup *setup)
{
	struct prove_option *options =
	    pool_alloc(setup->pool, OPTIONS_MAX * sizeof *options);
	struct prove_options_list list = {
		.source = find_source(setup), .chroot = "y", .options = options
	};
	size_t len;

	for (; list.count < OWN_COUNT; list.count++)
		options[list.count] = own[list.count];
	if (list.source == NULL)
		return list;
	list.chroot = postfix_setup_own(setup, list.source, "chroot");
	len = strlen(list.source);
	for (const struct postconf_setting *s = setup->postconf.first;
	     s != NULL && list.count < OPTIONS_MAX; s = s->next) {
		if (strncmp(s->name, list.source, len) == 0 && s->name[len] == '/' &&
		    is_copied(s->name + len + 1))
			options[list.count++] = (struct prove_option){ s->name + len + 1,
				without_blanks(s->value, setup->pool) };
	}
	return list;
}

/* For a shell, as one word. */
static const char *
quoted(const char *word, struct pool *pool)
{
	const char *text = "'";

	for (const char *quote; (quote = strchr(word, '\'')) != NULL; word = quote + 1)
		text = pool_printf(pool, "%s%.*s'\\''", text, (int)(quote - word), word);
	return pool_printf(pool, "%s%s'", text, word);
}

/* " -c DIR" */
static const char *
instance(const struct postfix_setup *setup)
{
	return setup->dir == NULL
		   ? ""
		   : pool_printf(setup->pool, " -c %s", quoted(setup->dir, setup->pool));
}

/* As Postfix reads it: "$$" is a "$". */
static const char *
doubled(const char *value, struct pool *pool)
{
	const char *text = "";

	for (const char *dollar; (dollar = strchr(value, '$')) != NULL;
	     value = dollar + 1)
		text = pool_printf(pool, "%s%.*s$$", text, (int)(dollar - value), value);
	return pool_printf(pool, "%s%s", text, value);
}

void
prove_listener_print_setup(
    FILE *out, const struct postfix_setup *setup, const struct prove_options_list *list)
{
	const char *dir = instance(setup);

	fprintf(out,
	    "postconf%s -M '" PROVE_SERVICE "=" PROVE_LISTENER
	    " unix y - %s - 1 smtpd'\n",
	    dir, list->chroot);
	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "postconf%s -P %s\n", dir,
		    quoted(pool_printf(setup->pool, "%s/%s=%s", PROVE_SERVICE,
			       list->options[i].name,
			       doubled(list->options[i].value, setup->pool)),
			setup->pool));
	fprintf(out, "postfix%s reload\n", dir);
}

void
prove_listener_print_undo(
    FILE *out, const struct postfix_setup *setup, const char *before)
{
	const char *dir = instance(setup);

	fprintf(out, "%spostconf%s -MX " PROVE_SERVICE "\n%spostfix%s reload\n", before,
	    dir, before, dir);
}

bool
prove_listener_is_there(const struct postfix_setup *setup)
{
	const char *command = postfix_setup_own(setup, PROVE_SERVICE, "command");

	return command != NULL && strncmp(command, "smtpd", strlen("smtpd")) == 0;
}

/* What it has that it should not have: it could let mail go on, or past the filters. */
static const char *
find_strange(const struct postfix_setup *setup, const struct prove_options_list *list)
{
	static const char prefix[] = PROVE_SERVICE "/";
	static const char *const columns[] = { "service", "type", "private",
		"unprivileged", "chroot", "wakeup", "process_limit", "command" };

	for (const struct postconf_setting *s = setup->postconf.first; s != NULL;
	     s = s->next) {
		const char *name = s->name + strlen(prefix);
		bool known = strncmp(s->name, prefix, strlen(prefix)) != 0;

		for (size_t i = 0; !known && i < sizeof columns / sizeof *columns; i++)
			known = strcmp(columns[i], name) == 0;
		for (size_t i = 0; !known && i < list->count; i++)
			known = strcmp(list->options[i].name, name) == 0;
		if (!known)
			return name;
	}
	return NULL;
}

const char *
prove_listener_differs(
    const struct postfix_setup *setup, const struct prove_options_list *list)
{
	const char *chroot = postfix_setup_own(setup, PROVE_SERVICE, "chroot");
	const char *private = postfix_setup_own(setup, PROVE_SERVICE, "private");

	if (chroot == NULL || strcmp(chroot, list->chroot) != 0)
		return "chroot";
	if (private == NULL || *private == 'n')
		return "private";
	for (size_t i = 0; i < list->count; i++) {
		const struct prove_option *o = &list->options[i];
		const char *now = postfix_setup_own(setup, PROVE_SERVICE, o->name);

		if (now == NULL || strcmp(without_blanks(now, setup->pool),
				       without_blanks(o->value, setup->pool)) != 0)
			return o->name;
	}
	return find_strange(setup, list);
}
