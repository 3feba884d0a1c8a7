#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/file.h"
#include "base/hostname.h"
#include "base/netlist.h"
#include "base/oserror.h"
#include "base/pool.h"
#include "base/text.h"
#include "base/unconst.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/digest.h"
#include "ctl/negotiation.h"
#include "ctl/postfix/postfix_check.h"
#include "ctl/prove/prove_astray.h"
#include "ctl/prove/prove_case.h"
#include "ctl/prove/prove_listener.h"
#include "ctl/prove/prove_message.h"
#include "ctl/prove/prove_options.h"
#include "ctl/prove/prove_place.h"
#include "ctl/prove/prove_queue.h"
#include "ctl/prove/prove_result.h"
#include "ctl/text.h"

#define WHY_OCTETS 1024
#define ZONE_OCTETS ((size_t)1024 * 1024)
#define POSTCONF_OCTETS ((size_t)1024 * 1024)
#define POSTCONF_MS 20000
#define ANSWER_MS 5000
#define DAEMON_NAME "{daemon_name}"

static const char *const more[] = { "cleanup_service_name", "mydomain", "myhostname",
	"smtpd_service_name", NULL };

static int
unavailable(const char *why)
{
	complaint_print("%s", why);
	return EX_UNAVAILABLE;
}

static int
without_listener(const char *why)
{
	complaint_print("%s", why);
	complaint_print("%s",
	    _("what sets it up, as root: the commands that beschermctl prove --setup "
	      "prints"));
	return EX_UNAVAILABLE;
}

static int
without_postfix(const char *why)
{
	complaint_print("%s", why);
	complaint_print("%s",
	    _("this needs Postfix: Sendmail has no XCLIENT, by which the test comes in"));
	return EX_UNAVAILABLE;
}

/* As Postfix has it since its last reload. */
static int
check_listener(struct prove_place *place, struct pool *pool)
{
	const struct postfix_setup *setup = &place->setup;
	const struct prove_options_list list = prove_listener_options(setup);
	const char *differs;
	struct stat st;

	if (!prove_listener_is_there(setup))
		return without_listener(pool_printf(
		    pool, _("master.cf has no listener for this (%s)"), PROVE_SERVICE));
	differs = prove_listener_differs(setup, &list);
	if (differs != NULL)
		return without_listener(
		    pool_printf(pool, _("the listener is not as it should be: %s/%s"),
			PROVE_SERVICE, differs));
	if (stat(place->socket, &st) == 0 && S_ISSOCK(st.st_mode))
		return EX_OK;
	complaint_print(_("%s is not there: is Postfix running, and was it reloaded?"),
	    place->socket);
	return EX_UNAVAILABLE;
}

int
prove_place_open(struct prove_place *place, const struct prove_options *o,
    const struct config *config, struct pool *pool)
{
	struct postfix_setup *setup = &place->setup;
	struct postconf_question question = { .dir = o->dir, .pool = pool };
	char why[WHY_OCTETS], host[HOSTNAME_SIZE];

	question.why = why;
	question.whysize = sizeof why;
	*setup = (struct postfix_setup){ .config = config, .dir = o->dir, .pool = pool };
	if (postfix_check_begin(setup, why, sizeof why) == -1 ||
	    postconf_add(&setup->postconf, &question, more) == -1)
		return without_postfix(why);
	place->socket =
	    pool_printf(pool, "%s/private/" PROVE_LISTENER, setup->view.queue);
	place->host = postfix_setup_value(setup, "myhostname");
	if (*place->host == '\0')
		place->host = pool_strdup(pool, hostname_get(host));
	place->authserv_id = config_authserv_id(config, place->host);
	return check_listener(place, pool);
}

/* The folder of the listener's socket: Postfix locks none, and nobody else gets there. */
int
prove_place_lock(struct prove_place *place)
{
	const char *end = strrchr(place->socket, '/');
	const char *folder =
	    pool_strndup(place->setup.pool, place->socket, (size_t)(end - place->socket));
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	place->lock = fd;
	place->locked = fd != -1;
	if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return EX_OK;
	if (errno == EWOULDBLOCK)
		complaint_print("%s", _("another run is in progress"));
	else
		complaint_print(
		    _("%s cannot be locked: %s"), folder, oserror_text(errno));
	return EX_TEMPFAIL;
}

void
prove_place_unlock(struct prove_place *place)
{
	if (place->locked)
		close(place->lock);
	place->locked = false;
}

int
prove_place_print(const struct prove_options *o, struct pool *pool)
{
	static const char *const name[] = { "smtpd_service_name", NULL };
	struct postfix_setup setup = { .dir = o->dir, .pool = pool };
	struct postconf_question question = { .dir = o->dir, .pool = pool };
	struct prove_options_list list;
	char why[WHY_OCTETS];

	question.why = why;
	question.whysize = sizeof why;
	if (postconf_read(&setup.postconf, &question, name) == -1)
		return unavailable(why);
	if (o->what == PROVE_UNDO) {
		prove_listener_print_undo(stdout, &setup, "");
		return EX_OK;
	}
	list = prove_listener_options(&setup);
	if (list.source == NULL)
		return unavailable(
		    _("master.cf has no smtpd that takes mail from strangers"));
	printf(_("# A listener beside %s in master.cf, on a unix socket; run this as "
		 "root:\n"),
	    list.source);
	prove_listener_print_setup(stdout, &setup, &list);
	puts(_("# And this removes it again:"));
	prove_listener_print_undo(stdout, &setup, "#   ");
	return EX_OK;
}

/* What `beschermctl conf`, or a program of Postfix's, would print. */
static const char *
sha256_of_postconf(const struct prove_place *place, struct pool *pool)
{
	static const char *const modes[] = { "-n", "-M" };
	char why[WHY_OCTETS];
	const struct prove_queue q = { .dir = place->setup.dir,
		.pool = pool,
		.until = deadline_in(POSTCONF_MS),
		.why = why,
		.whysize = sizeof why };
	struct text all = { 0 };
	const char *digest;

	for (size_t i = 0; i < 2; i++) {
		char *argv[5] = { unconst("postconf") };
		const char *said;
		size_t n = 1, len;

		if (q.dir != NULL) {
			argv[n++] = unconst("-c");
			argv[n++] = unconst(q.dir);
		}
		argv[n] = unconst(modes[i]);
		said = prove_queue_output(&q, argv, POSTCONF_OCTETS, &len);
		if (said != NULL)
			text_put(&all, said, len);
	}
	digest = digest_sha256(all.data != NULL ? all.data : "", all.len, pool);
	text_free(&all);
	return digest;
}

static const char *
sha256_of_zone(struct pool *pool)
{
	char why[WHY_OCTETS];
	size_t len;
	char *text = file_read(pool_printf(pool, "%s/zone", prove_message_folder()),
	    ZONE_OCTETS, &len, why, sizeof why);
	const char *digest = text != NULL ? digest_sha256(text, len, pool) : NULL;

	free(text);
	return digest;
}

static bool
touches(const struct netlist *list)
{
	struct network network;

	return netlist_parse(PROVE_NETWORK, &network) && netlist_touches(list, &network);
}

static bool
is_away(const struct config *config)
{
	return negotiation_try(config->socket, ANSWER_MS).end != NEGOTIATION_DONE;
}

static void
stop(struct prove_result *proof, const char *why, const char *what)
{
	proof->stopped = why;
	proof->stopped_by = what;
}

void
prove_place_tell(
    const struct prove_place *place, struct prove_result *proof, struct pool *pool)
{
	const struct postfix_setup *setup = &place->setup;
	bool own;
	const char *macros =
	    postfix_setup_in_force(setup, PROVE_SERVICE, "milter_connect_macros", &own);

	proof->host = place->host;
	proof->postfix = postfix_setup_value(setup, "mail_version");
	proof->settings_sha256 = digest_settings(setup->config, pool);
	proof->postconf_sha256 = sha256_of_postconf(place, pool);
	proof->zone_sha256 = sha256_of_zone(pool);
	proof->monitor = setup->config->mode == CONFIG_MONITOR;
	proof->away = is_away(setup->config);
	if (touches(&setup->config->ignore_hosts))
		stop(proof, N_("%s holds 192.0.2.0/24, where the test comes from"),
		    "IgnoreHosts");
	else if (touches(&setup->config->trusted_relays))
		stop(proof, N_("%s holds 192.0.2.0/24, where the test comes from"),
		    "TrustedRelays");
	else if (prove_astray_is_possible(setup))
		stop(proof,
		    N_("%s has FILTER, REDIRECT or BCC, or cannot be read: a message of "
		       "the "
		       "test might be delivered"),
		    "milter_header_checks");
	else if (strstr(macros, DAEMON_NAME) == NULL)
		stop(proof,
		    N_("milter_connect_macros lacks %s, so that the filter cannot know "
		       "the test"),
		    DAEMON_NAME);
}

const char *
prove_place_domain(const struct prove_place *place)
{
	const char *domain = postfix_setup_value(&place->setup, "mydomain");
	const char *dot = strchr(domain, '.');

	return dot != NULL && dot != domain && dot[1] != '\0' ? domain : NULL;
}
