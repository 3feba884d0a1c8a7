#include <string.h>

#include "ctl/finding.h"
#include "ctl/postfix/postfix_prove.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/text.h"

#define NAME "beschermd-prove"
#define LISTENER NAME "/unix" /* in master.cf */
#define DAEMON_NAME "milter_macro_daemon_name"
#define CONNECT_MACROS "milter_connect_macros"
#define HEADER_CHECKS "milter_header_checks"

/* The service of a setting that is one's own, "smtp/inet"; NULL: it is another's. */
static const char *
service_with(const struct postfix_setup *setup, const struct postconf_setting *s)
{
	static const char end[] = "/" DAEMON_NAME;
	size_t len = strlen(s->name), at = strlen(end);

	if (len <= at || strcmp(s->name + len - at, end) != 0)
		return NULL;
	return pool_strndup(setup->pool, s->name, len - at);
}

/* Also of services that take in no mail by SMTP: each may tell a milter its name. */
static void
check_others(struct postfix_setup *setup)
{
	if (strcmp(postfix_setup_value(setup, DAEMON_NAME), NAME) == 0)
		finding_mend(&setup->faults,
		    postfix_setup_default_command(setup, DAEMON_NAME),
		    _("%s is %s: all mail passes for the tests of beschermctl prove"),
		    DAEMON_NAME, NAME);
	for (const struct postconf_setting *s = setup->postconf.first; s != NULL;
	     s = s->next) {
		const char *service = service_with(setup, s);

		if (service != NULL && strcmp(service, LISTENER) != 0 &&
		    strcmp(s->value, NAME) == 0)
			finding_mend(&setup->faults,
			    postfix_setup_default_again(setup, service, DAEMON_NAME),
			    _("%s has %s=%s: its mail passes for the tests of "
			      "beschermctl prove"),
			    service, DAEMON_NAME, NAME);
	}
}

static void
check_listener(struct postfix_setup *setup)
{
	const char *name = postfix_setup_own(setup, LISTENER, DAEMON_NAME);
	const char *is_private = postfix_setup_own(setup, LISTENER, "private");
	const size_t faults = setup->faults;
	bool own;
	const char *macros =
	    postfix_setup_in_force(setup, LISTENER, CONNECT_MACROS, &own);

	if (is_private != NULL && *is_private == 'n')
		finding_mend(&setup->faults, _("make it private (y) in master.cf"),
		    _("%s is not private: users of this host may reach it"), LISTENER);
	if (name == NULL || strcmp(name, NAME) != 0)
		finding_mend(&setup->faults, "beschermctl prove --setup",
		    _("%s lacks %s=%s: beschermd does not recognize its tests"), LISTENER,
		    DAEMON_NAME, NAME);
	if (!postfix_setup_has_word(macros, "daemon_name"))
		finding_mend(&setup->faults,
		    postfix_setup_default_again(
			setup, own ? LISTENER : NULL, CONNECT_MACROS),
		    _("%s lacks {daemon_name}: beschermd does not recognize the tests of "
		      "beschermctl prove"),
		    CONNECT_MACROS);
	/* Of cleanup(8), so no option of the listener can keep them away. */
	if (*postfix_setup_value(setup, HEADER_CHECKS) != '\0')
		finding_look(
		    _("%s is in use: FILTER or REDIRECT there would send the tests of "
		      "beschermctl prove elsewhere"),
		    HEADER_CHECKS);
	if (setup->faults == faults)
		finding_well(_("%s is there, for beschermctl prove"), LISTENER);
}

void
postfix_prove_check(struct postfix_setup *setup)
{
	check_others(setup);
	if (postfix_setup_own(setup, LISTENER, "command") != NULL)
		check_listener(setup);
}
