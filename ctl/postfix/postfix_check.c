#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config/config.h"
#include "ctl/finding.h"
#include "ctl/postfix/mynetworks.h"
#include "ctl/postfix/postfix_bypass.h"
#include "ctl/postfix/postfix_check.h"
#include "ctl/postfix/postfix_policy.h"
#include "ctl/postfix/postfix_prove.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/postfix/postfix_socket.h"
#include "ctl/text.h"
#include "ctl/wide.h"
#include "edge/listener.h"

#define PROTOCOL 6 /* the version of the milter protocol that we need */

/* master(5): with "-" it is a matter of compatibility_level. */
static bool
is_chrooted(const struct postfix_setup *setup, const char *service)
{
	const char *chroot = postfix_setup_own(setup, service, "chroot");

	if (chroot != NULL && *chroot == '-')
		return strtol(postfix_setup_value(setup, "compatibility_level"), NULL,
			   10) < 1;
	return chroot != NULL && *chroot == 'y';
}

static bool
some_chrooted(const struct postfix_setup *setup)
{
	const struct postconf_setting *at = setup->postconf.first;
	const char *service;

	while ((service = postfix_setup_next_smtpd(setup, &at)) != NULL) {
		if (is_chrooted(setup, service))
			return true;
	}
	return false;
}

/* Is it ${config}'s socket, but seen from elsewhere? */
static bool
is_stale(const struct postfix_setup *setup, const struct milters_entry *entry)
{
	const char *path = listener_path(setup->config->socket);
	const char *named = listener_path(entry->address);

	return path != NULL && named != NULL && strcmp(path, named) == 0;
}

/* Does it lead to where a package's socket would be, if ours were not elsewhere now? */
static bool
is_abandoned(const struct postfix_setup *setup, const struct milters_entry *entry)
{
	const char *const places[] = { "unix:/run/beschermd/beschermd.sock",
		pool_printf(
		    setup->pool, "unix:%s/beschermd/beschermd.sock", setup->view.queue) };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (milters_leads_to(
			entry->address, places[i], &setup->view, setup->pool) &&
		    access(listener_path(places[i]), F_OK) == -1 && errno == ENOENT)
			return !postfix_setup_is_ours(setup, entry);
	}
	return false;
}

static const struct milters_entry *
find_abandoned(const struct postfix_setup *setup, const char *milters)
{
	const struct milters_entry *entry = milters_read(milters, setup->pool);

	while (entry != NULL && !is_abandoned(setup, entry))
		entry = entry->next;
	return entry;
}

/* ${milters} without what would lead to us if it were right, or did so once. */
static const char *
without_broken(const struct postfix_setup *setup, const char *milters, bool with_ours)
{
	const char *list = "";

	for (const struct milters_entry *e = milters_read(milters, setup->pool);
	     e != NULL; e = e->next) {
		if (postfix_setup_is_ours(setup, e)
			? with_ours
			: !is_stale(setup, e) && !is_abandoned(setup, e))
			list = pool_printf(setup->pool, "%s%s%s", list,
			    *list != '\0' ? ", " : "", e->text);
	}
	return list;
}

/* ${milters} without us. */
static const char *
without_us(const struct postfix_setup *setup, const char *milters)
{
	return without_broken(setup, milters, false);
}

int
postfix_check_begin(struct postfix_setup *setup, char *why, size_t whysize)
{
	static const char *const parameters[] = { "compatibility_level", "mail_owner",
		"mail_version", "milter_connect_macros", "milter_default_action",
		"milter_header_checks", "milter_macro_daemon_name",
		"milter_macro_defaults", "milter_macro_v", "milter_mail_macros",
		"milter_protocol", "mynetworks", "non_smtpd_milters", "queue_directory",
		"receive_override_options", "smtpd_client_restrictions",
		"smtpd_data_restrictions", "smtpd_end_of_data_restrictions",
		"smtpd_etrn_restrictions", "smtpd_helo_restrictions", "smtpd_milter_maps",
		"smtpd_milters", "smtpd_proxy_filter", "smtpd_recipient_restrictions",
		"smtpd_relay_restrictions", "smtpd_restriction_classes",
		"smtpd_sender_restrictions", "soft_bounce", NULL };
	struct postconf_question question = { .dir = setup->dir, .pool = setup->pool };
	const char *now, *rest;

	question.why = why;
	question.whysize = whysize;
	if (postconf_read(&setup->postconf, &question, parameters) == -1 ||
	    postconf_add(&setup->postconf, &question, postfix_policy_classes(setup)) ==
		-1)
		return -1;
	setup->view.queue = postfix_setup_value(setup, "queue_directory");
	setup->view.chrooted = some_chrooted(setup);
	setup->socket = setup->config->socket;
	setup->address = milters_address(setup->socket, &setup->view, setup->pool);
	if (setup->address == NULL) {
		setup->socket = pool_printf(
		    setup->pool, "unix:%s/beschermd/beschermd.sock", setup->view.queue);
		setup->address =
		    milters_address(setup->socket, &setup->view, setup->pool);
	}
	now = postfix_setup_value(setup, "smtpd_milters");
	rest = without_us(setup, now);
	setup->milters =
	    find_abandoned(setup, now) != NULL ? without_broken(setup, now, true) : now;
	if (postfix_setup_find_ours(setup, now) == NULL)
		setup->milters = pool_printf(setup->pool, "%s%s%s", rest,
		    *rest != '\0' ? ", " : "", setup->address);
	return 0;
}

static void
check_chroot(struct postfix_setup *setup)
{
	if (setup->socket != setup->config->socket)
		finding_mend(&setup->faults,
		    _("write the lines for beschermd.conf above"),
		    _("smtpd runs in a chroot below %s and cannot see %s"),
		    setup->view.queue, setup->config->socket);
	else if (setup->view.chrooted)
		finding_well(
		    _("smtpd runs in a chroot, %s, and the socket can be seen there"),
		    setup->view.queue);
	else
		finding_well(_("smtpd does not run in a chroot"));
}

/*
 * Does main.cf decide who checks the mail of strangers?  Not where each service that
 * takes it in names us in master.cf.
 */
static bool
main_decides(const struct postfix_setup *setup)
{
	const struct postconf_setting *at = setup->postconf.first;
	const char *service;
	bool named = false;

	while ((service = postfix_setup_next_smtpd(setup, &at)) != NULL) {
		const char *milters = postfix_setup_own(setup, service, "smtpd_milters");

		if (postfix_setup_is_public(service) && milters == NULL)
			return true;
		named = named || (postfix_setup_is_public(service) &&
				     postfix_setup_find_ours(setup, milters) != NULL);
	}
	return !named;
}

/* Is mail kept out with ${action} while the filter is away?  "shutdown" since 3.11. */
static bool
is_safe(const struct postfix_setup *setup, const char *action)
{
	char *rest;
	long major = strtol(postfix_setup_value(setup, "mail_version"), &rest, 10);
	long minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;

	return strcasecmp(action, "tempfail") == 0 ||
	       (strcasecmp(action, "shutdown") == 0 &&
		   (major > 3 || (major == 3 && minor >= 11)));
}

/* What the braces around us say goes before milter_default_action. */
static void
check_braces(struct postfix_setup *setup, const struct milters_entry *ours)
{
	if (ours->default_action != NULL && !is_safe(setup, ours->default_action))
		finding_mend(&setup->faults,
		    _("remove default_action from the braces in smtpd_milters"),
		    _("%s has default_action=%s: while the filter is away, it is not "
		      "tempfail "
		      "that applies"),
		    ours->address, ours->default_action);
	if (ours->protocol != NULL && strtol(ours->protocol, NULL, 10) < PROTOCOL)
		finding_mend(&setup->faults,
		    _("remove protocol from the braces in smtpd_milters"),
		    _("%s has protocol=%s, but we need %d"), ours->address,
		    ours->protocol, PROTOCOL);
}

static void
check_abandoned(struct postfix_setup *setup, const char *milters)
{
	const struct milters_entry *entry = find_abandoned(setup, milters);

	if (entry != NULL)
		finding_mend(&setup->faults,
		    postfix_setup_command(setup, "smtpd_milters", setup->milters),
		    _("smtpd_milters has %s too, where nobody answers: Postfix then "
		      "applies "
		      "milter_default_action"),
		    entry->address);
}

static void
check_listed(struct postfix_setup *setup)
{
	const char *now = postfix_setup_value(setup, "smtpd_milters");
	const struct milters_entry *ours = postfix_setup_find_ours(setup, now);

	if (ours != NULL) {
		finding_well(_("smtpd_milters has %s"), ours->address);
		check_braces(setup, ours);
		check_abandoned(setup, now);
	} else if (main_decides(setup)) {
		finding_mend(&setup->faults,
		    postfix_setup_command(setup, "smtpd_milters", setup->milters),
		    *now != '\0' ? _("smtpd_milters does not have %s, it is: %s")
				 : _("smtpd_milters is empty: %s is not asked"),
		    setup->address, now);
	} else {
		finding_well(_("smtpd_milters has us in master.cf"));
	}
}

/* What stands before and after us: not for us to judge, but to be known. */
static void
check_order(const struct postfix_setup *setup)
{
	bool behind = false;

	for (const struct milters_entry *e = milters_read(setup->milters, setup->pool);
	     e != NULL; e = e->next) {
		if (postfix_setup_is_ours(setup, e))
			behind = true;
		else if (behind)
			finding_look(_("%s comes after us: it sees our results, but not "
				       "the mail that we hold, "
				       "and must not remove our mark"),
			    e->address);
		else
			finding_look(_("%s comes before us: it must not change what "
				       "senders have signed"),
			    e->address);
	}
	if (*postfix_setup_value(setup, "smtpd_milter_maps") != '\0')
		finding_look(
		    _("smtpd_milter_maps is in use: clients in it may bypass us"));
}

static void
check_service(struct postfix_setup *setup, const char *service)
{
	const char *milters = postfix_setup_own(setup, service, "smtpd_milters");
	const char *action = postfix_setup_own(setup, service, "milter_default_action");
	const char *protocol = postfix_setup_own(setup, service, "milter_protocol");
	const struct milters_entry *ours =
	    milters != NULL ? postfix_setup_find_ours(setup, milters) : NULL;

	if (ours != NULL)
		check_braces(setup, ours);
	if (milters != NULL && ours == NULL) {
		if (postfix_setup_is_public(service))
			finding_mend(&setup->faults,
			    _("remove smtpd_milters from that service in master.cf"),
			    _("%s has smtpd_milters=%s: mail comes in there unchecked"),
			    service, milters);
		else
			finding_look(
			    _("%s has smtpd_milters=%s: its mail does not come to us"),
			    service, milters);
		return;
	}
	if (action != NULL && !is_safe(setup, action))
		finding_mend(&setup->faults,
		    _("remove milter_default_action from that service in master.cf"),
		    _("%s has milter_default_action=%s"), service, action);
	if (protocol != NULL && strtol(protocol, NULL, 10) < PROTOCOL)
		finding_mend(&setup->faults,
		    _("remove milter_protocol from that service in master.cf"),
		    _("%s has milter_protocol=%s, but we need %d"), service, protocol,
		    PROTOCOL);
}

static void
check_services(struct postfix_setup *setup)
{
	const struct postconf_setting *at = setup->postconf.first;
	const char *service;
	size_t count = 0;

	for (; (service = postfix_setup_next_smtpd(setup, &at)) != NULL; count++)
		check_service(setup, service);
	if (count == 0)
		finding_mend(&setup->faults,
		    _("remove the # before smtp inet in master.cf"),
		    _("master.cf has no smtpd: no mail comes in"));
}

static void
check_default_action(struct postfix_setup *setup)
{
	const char *action = postfix_setup_value(setup, "milter_default_action");

	if (is_safe(setup, action))
		finding_well(_("milter_default_action is %s"), action);
	else
		finding_mend(&setup->faults,
		    postfix_setup_command(setup, "milter_default_action", "tempfail"),
		    strcasecmp(action, "accept") == 0
			? _("milter_default_action is %s: while the filter is away mail "
			    "comes in unchecked")
			: _("milter_default_action is %s: while the filter is away good "
			    "mail is not simply deferred"),
		    action);
}

static void
check_protocol(struct postfix_setup *setup)
{
	const char *version = postfix_setup_value(setup, "milter_protocol");

	if (strtol(version, NULL, 10) >= PROTOCOL)
		finding_well(_("milter_protocol is %s"), version);
	else
		finding_mend(&setup->faults,
		    postfix_setup_command(setup, "milter_protocol", "6"),
		    _("milter_protocol is %s, but we need %d"), version, PROTOCOL);
}

static void
check_non_smtpd(struct postfix_setup *setup)
{
	const char *milters = postfix_setup_value(setup, "non_smtpd_milters");

	if (postfix_setup_find_ours(setup, milters) == NULL)
		finding_well(_("non_smtpd_milters does not have us"));
	else
		finding_mend(&setup->faults,
		    postfix_setup_command(
			setup, "non_smtpd_milters", without_us(setup, milters)),
		    _("non_smtpd_milters has us: mail that starts on this host has "
		      "nothing "
		      "to check"));
}

static const char *
list_text(const struct netlist *list, struct pool *pool)
{
	char text[NETWORK_TEXT_SIZE];
	const char *all = "";

	for (size_t i = 0; i < list->count; i++)
		all = pool_printf(pool, "%s%s%s", all, i > 0 ? ", " : "",
		    netlist_format(&list->networks[i], text));
	return all;
}

/* The line to add: the first one takes the default away, another adds to the list. */
static const char *
ignore_line(const struct postfix_setup *setup, const char *missing)
{
	const char *now = list_text(&setup->config->ignore_hosts, setup->pool), *before;
	char why[128];
	struct config *defaults = config_load(NULL, NULL, NULL, 0, why, sizeof why);

	before = defaults != NULL ? list_text(&defaults->ignore_hosts, setup->pool) : "";
	config_free(defaults);
	if (*now == '\0' || strcmp(now, before) != 0)
		return pool_printf(setup->pool, "IgnoreHosts %s", missing);
	return pool_printf(setup->pool, "IgnoreHosts %s, %s", now, missing);
}

/* A network that no advice should exempt.  False: it is none. */
static bool
tell_wide(const struct network *network)
{
	char text[NETWORK_TEXT_SIZE];

	if (wide_may_be_docker(network))
		finding_look(_("mynetworks has %s: Docker may also pass on mail from "
			       "outside from there, "
			       "so in IgnoreHosts it could exempt the whole Internet; "
			       "name only hosts "
			       "that send"),
		    netlist_format(network, text));
	else if (wide_holds_strangers(network))
		finding_look(_("mynetworks has %s, a large part of the Internet: "
			       "strangers there may send "
			       "through this host, and in IgnoreHosts they would be "
			       "exempt; name only "
			       "hosts that send"),
		    netlist_format(network, text));
	else
		return false;
	return true;
}

static void
check_mynetworks(struct postfix_setup *setup)
{
	struct netlist lacks = { 0 };
	struct mynetworks mine;
	const char *missing;

	mynetworks_read(&mine, postfix_setup_value(setup, "mynetworks"));
	for (size_t i = 0; i < mine.networks.count; i++) {
		const struct network *network = &mine.networks.networks[i];
		char text[NETWORK_TEXT_SIZE];

		if (netlist_has_all(&setup->config->ignore_hosts, network))
			continue;
		if (!tell_wide(network))
			netlist_add(&lacks, netlist_format(network, text));
	}
	missing = list_text(&lacks, setup->pool);
	netlist_clear(&lacks);
	for (size_t i = 0; i < mine.unread.count; i++)
		finding_look(_("mynetworks has %s, which only Postfix can look up: "
			       "compare it with "
			       "IgnoreHosts yourself"),
		    mine.unread.words[i]);
	mynetworks_clear(&mine);
	if (*missing == '\0')
		finding_well(_("IgnoreHosts has all of mynetworks"));
	else
		finding_mend(&setup->faults,
		    pool_printf(setup->pool, _("in beschermd.conf: %s"),
			ignore_line(setup, missing)),
		    _("mynetworks has what IgnoreHosts lacks: %s; mail from there "
		      "without "
		      "login is refused as forged"),
		    missing);
}

void
postfix_check_all(struct postfix_setup *setup)
{
	check_chroot(setup);
	check_listed(setup);
	check_order(setup);
	check_services(setup);
	postfix_bypass_check(setup);
	postfix_policy_check(setup);
	postfix_prove_check(setup);
	check_default_action(setup);
	check_protocol(setup);
	check_non_smtpd(setup);
	postfix_socket_check(setup);
	check_mynetworks(setup);
}
