#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "config/config.h"
#include "ctl/finding.h"
#include "ctl/postfix/postfix_bypass.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/text.h"

#define SEPARATORS ", \t\r\n"
#define NO_MILTERS "no_milters"

static const char *
without_word(const struct postfix_setup *setup, const char *list, const char *word)
{
	const char *rest = "";

	for (const char *p = list + strspn(list, SEPARATORS); *p != '\0';
	     p += strspn(p, SEPARATORS)) {
		size_t len = strcspn(p, SEPARATORS);

		if (len != strlen(word) || strncasecmp(p, word, len) != 0)
			rest = pool_printf(setup->pool, "%s%s%.*s", rest,
			    *rest != '\0' ? ", " : "", (int)len, p);
		p += len;
	}
	return rest;
}

/* Bound to an address of this host alone: a content filter's way back. */
static bool
is_inside(const char *service)
{
	static const char *const hosts[] = { "127.", "localhost:", "[::1]:", "::1:" };

	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		if (strncasecmp(service, hosts[i], strlen(hosts[i])) == 0)
			return true;
	}
	return strstr(service, "/unix") != NULL;
}

/* Does mail come in from elsewhere?  Where nothing does, the services of this host count.
 */
static bool
has_outside(const struct postfix_setup *setup)
{
	const struct postconf_setting *at = setup->postconf.first;
	const char *service;

	while ((service = postfix_setup_next_smtpd(setup, &at)) != NULL) {
		if (!is_inside(service))
			return true;
	}
	return false;
}

/* A parameter by which mail gets past us; told of each service that has it itself, and
 * once of main.cf. */
struct bypass {
	const char *name;
	bool (*holds)(const struct postfix_setup *setup, const char *value);
	void (*tell)(struct postfix_setup *setup, const char *service, const char *value);
	bool inside_is_well; /* what is meant for mail that has been checked */
};

static void
check_bypass(struct postfix_setup *setup, const struct bypass *bypass)
{
	const struct postconf_setting *at = setup->postconf.first;
	const bool outside = has_outside(setup);
	const char *service;
	bool told = false;

	while ((service = postfix_setup_next_smtpd(setup, &at)) != NULL) {
		bool own;
		const char *value =
		    postfix_setup_in_force(setup, service, bypass->name, &own);

		if ((!own && told) ||
		    (bypass->inside_is_well && (own || outside) && is_inside(service)) ||
		    !postfix_setup_asks_us(setup, service) ||
		    !bypass->holds(setup, value))
			continue;
		told = told || !own;
		bypass->tell(setup, own ? service : NULL, value);
	}
}

/* ${name}, of a service that has it itself. */
static const char *
name_of(const struct postfix_setup *setup, const char *service, const char *name)
{
	return service == NULL ? name
			       : pool_printf(setup->pool, _("%s of %s"), name, service);
}

static bool
is_set(const struct postfix_setup *setup, const char *value)
{
	(void)setup;
	return *value != '\0';
}

static void
tell_proxy(struct postfix_setup *setup, const char *service, const char *value)
{
	finding_mend(&setup->faults,
	    _("use content_filter in its place, or put beschermd in front"),
	    _("%s is in use: milters see no message there, and what goes to %s is "
	      "unchecked"),
	    name_of(setup, service, "smtpd_proxy_filter"), value);
}

static bool
says_no_milters(const struct postfix_setup *setup, const char *value)
{
	(void)setup;
	return postfix_setup_has_word(value, NO_MILTERS);
}

static void
tell_no_milters(struct postfix_setup *setup, const char *service, const char *value)
{
	if (service == NULL)
		finding_mend(&setup->faults,
		    postfix_setup_command(setup, "receive_override_options",
			without_word(setup, value, NO_MILTERS)),
		    _("receive_override_options has no_milters: mail comes in "
		      "unchecked"));
	else if (postfix_setup_is_public(service))
		finding_mend(&setup->faults,
		    _("remove no_milters from that service in master.cf"),
		    _("%s has receive_override_options=%s: mail comes in there "
		      "unchecked"),
		    service, value);
	else
		finding_look(
		    _("%s has receive_override_options=%s: its mail does not come to us"),
		    service, value);
}

static bool
lacks_login(const struct postfix_setup *setup, const char *value)
{
	return setup->config->ignore_authenticated_clients &&
	       !postfix_setup_has_word(value, "auth_authen");
}

static void
tell_login(struct postfix_setup *setup, const char *service, const char *value)
{
	(void)value;
	finding_mend(&setup->faults,
	    postfix_setup_default_again(setup, service, "milter_mail_macros"),
	    _("%s lacks {auth_authen}: users who logged in would "
	      "be refused as forged"),
	    name_of(setup, service, "milter_mail_macros"));
}

/* "name=value" or "{name}=value" or "{ name = value }", as milter.c of Postfix has them.
 */
static bool
sets(const char *defaults, const char *name)
{
	const size_t len = strlen(name);

	for (const char *p = defaults; (p = strstr(p, name)) != NULL; p += len) {
		const char *end = p + len;

		if (p > defaults && strchr(SEPARATORS "{", p[-1]) == NULL)
			continue;
		end += *end == '}';
		if (end[strspn(end, " \t")] == '=')
			return true;
	}
	return false;
}

static bool
sets_login(const struct postfix_setup *setup, const char *value)
{
	return setup->config->ignore_authenticated_clients && sets(value, "auth_authen");
}

/* For who did not log in, Postfix takes the default. */
static void
tell_login_of_all(struct postfix_setup *setup, const char *service, const char *value)
{
	(void)value;
	finding_mend(&setup->faults,
	    pool_printf(setup->pool, _("remove auth_authen from %s"),
		name_of(setup, service, "milter_macro_defaults")),
	    _("%s has auth_authen: all mail is taken for mail from users who logged in, "
	      "and comes in unchecked"),
	    name_of(setup, service, "milter_macro_defaults"));
}

static bool
is_soft(const struct postfix_setup *setup, const char *value)
{
	(void)setup;
	return strcasecmp(value, "yes") == 0;
}

static void
tell_soft(struct postfix_setup *setup, const char *service, const char *value)
{
	(void)value;
	finding_mend(&setup->faults,
	    postfix_setup_default_again(setup, service, "soft_bounce"),
	    _("%s is yes: what we refuse is only deferred, and comes again"),
	    name_of(setup, service, "soft_bounce"));
}

static bool
lacks_version(const struct postfix_setup *setup, const char *value)
{
	(void)setup;
	return !postfix_setup_has_word(value, "v");
}

static void
tell_version(struct postfix_setup *setup, const char *service, const char *value)
{
	(void)value;
	finding_mend(&setup->faults,
	    postfix_setup_default_again(setup, service, "milter_connect_macros"),
	    _("%s lacks v: Postfix is taken for Sendmail, and "
	      "what Sendmail would rewrite in a From is refused"),
	    name_of(setup, service, "milter_connect_macros"));
}

static bool
lacks_name(const struct postfix_setup *setup, const char *value)
{
	return *setup->config->authserv_id == '\0' && !postfix_setup_has_word(value, "j");
}

static void
tell_name(struct postfix_setup *setup, const char *service, const char *value)
{
	(void)value;
	finding_mend(&setup->faults,
	    postfix_setup_default_again(setup, service, "milter_connect_macros"),
	    _("%s lacks j: our results are under the name of "
	      "this host, not under myhostname"),
	    name_of(setup, service, "milter_connect_macros"));
}

static bool
is_no_postfix(const struct postfix_setup *setup, const char *value)
{
	(void)setup;
	return *value != '\0' && strncmp(value, "Postfix", strlen("Postfix")) != 0;
}

static void
tell_other_version(struct postfix_setup *setup, const char *service, const char *value)
{
	finding_mend(&setup->faults,
	    service == NULL
		? postfix_setup_command(setup, "milter_macro_v", "Postfix $mail_version")
		: postfix_setup_default_again(setup, service, "milter_macro_v"),
	    _("%s is \"%s\": Postfix is taken for Sendmail, and what "
	      "Sendmail would rewrite in a From is refused"),
	    name_of(setup, service, "milter_macro_v"), value);
}

void
postfix_bypass_check(struct postfix_setup *setup)
{
	static const struct bypass bypasses[] = {
		{ "smtpd_proxy_filter", is_set, tell_proxy, false },
		{ "receive_override_options", says_no_milters, tell_no_milters, true },
		{ "milter_mail_macros", lacks_login, tell_login, false },
		{ "soft_bounce", is_soft, tell_soft, false },
		{ "milter_macro_defaults", sets_login, tell_login_of_all, false },
		{ "milter_connect_macros", lacks_version, tell_version, false },
		{ "milter_connect_macros", lacks_name, tell_name, false },
		{ "milter_macro_v", is_no_postfix, tell_other_version, false },
	};

	for (size_t i = 0; i < sizeof bypasses / sizeof *bypasses; i++)
		check_bypass(setup, &bypasses[i]);
}
