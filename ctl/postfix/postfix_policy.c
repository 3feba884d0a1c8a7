#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctl/finding.h"
#include "ctl/postfix/postfix_policy.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/postfix/reach.h"
#include "ctl/text.h"

#define SEPARATORS ", \t\r\n"
#define ASKS "check_policy_service"

static bool
is_gone(const char *path)
{
	return access(path, F_OK) == -1 && (errno == ENOENT || errno == ENOTDIR);
}

/* Does a program of that name run the one that is named behind it?  "python3.11" does. */
static bool
is_interpreter(const char *word, size_t len)
{
	static const char *const names[] = { "python", "perl", "env", "sh", "bash",
		"dash" };
	const char *slash = memrchr(word, '/', len);
	const char *name = slash != NULL ? slash + 1 : word;
	size_t size = strcspn(name, "0123456789. \t");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (size == strlen(names[i]) && strncmp(name, names[i], size) == 0)
			return true;
	}
	return false;
}

/* The program that spawn(8) runs, or the script that an interpreter does, if it is gone.
 */
static const char *
missing_program(const struct postfix_setup *setup, const char *command)
{
	const char *p = strstr(command, "argv=");
	bool more = p != NULL;

	for (p = more ? p + strlen("argv=") : ""; more && *p != '\0';
	     p += strspn(p, " \t")) {
		size_t len = strcspn(p, " \t");
		const char *path = pool_strndup(setup->pool, p, len);

		if (*p == '/' && is_gone(path))
			return path;
		more = *p == '-' || is_interpreter(p, len);
		p += len;
	}
	return NULL;
}

/* A policy service that ${where} asks. */
struct policy {
	const char *where, *address;
	const char *command; /* of master.cf; NULL: it is not there */
	bool gone;           /* nor is what else could serve it */
};

static void
tell(struct postfix_setup *setup, const struct policy *policy)
{
	const char *mend = pool_printf(
	    setup->pool, _("remove %s %s from %s"), ASKS, policy->address, policy->where);
	const char *program =
	    policy->command != NULL ? missing_program(setup, policy->command) : NULL;

	if (policy->command == NULL && policy->gone)
		finding_mend(&setup->faults, mend,
		    _("%s asks %s, which is gone: Postfix defers the mail"),
		    policy->where, policy->address);
	else if (program != NULL)
		finding_mend(&setup->faults, mend,
		    _("%s asks %s, and its program %s is gone: Postfix defers the mail"),
		    policy->where, policy->address, program);
	else if (strcasestr(policy->address, "spf") != NULL ||
		 (policy->command != NULL && strcasestr(policy->command, "spf") != NULL))
		finding_look(
		    _("%s asks %s: it refuses mail by SPF alone, before DMARC decides"),
		    policy->where, policy->address);
}

/* Of master.cf, "private/NAME" or "public/NAME", or somebody else's socket. */
static void
find_path(struct postfix_setup *setup, struct policy *policy, const char *path)
{
	const char *inside = milters_below(path, setup->view.queue);

	if (inside == NULL)
		inside = path;
	if (strncmp(inside, "private/", strlen("private/")) == 0 ||
	    strncmp(inside, "public/", strlen("public/")) == 0)
		policy->command = postfix_setup_own(setup,
		    pool_printf(setup->pool, "%s/unix", strchr(inside, '/') + 1),
		    "command");
	policy->gone = is_gone(*inside == '/' ? inside
					      : pool_printf(setup->pool, "%s/%s",
						    setup->view.queue, inside));
}

static bool
is_here(const char *host)
{
	static const char *const names[] = { "localhost", "[localhost]", "[::1]" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcasecmp(host, names[i]) == 0)
			return true;
	}
	return strncmp(host, "127.", strlen("127.")) == 0 ||
	       strncmp(host, "[127.", strlen("[127.")) == 0;
}

/* "HOST:PORT" of this host: Postfix's own service, or somebody else's, who answers. */
static void
find_port(struct postfix_setup *setup, struct policy *policy, const char *place)
{
	const char *colon = strrchr(place, ':');
	const char *host = "localhost", *port = place;
	char why[256];

	if (colon != NULL) {
		host = pool_strndup(setup->pool, place, (size_t)(colon - place));
		port = colon + 1;
	}
	if (!is_here(host))
		return;
	policy->command = postfix_setup_own(
	    setup, pool_printf(setup->pool, "%s/inet", place), "command");
	if (policy->command == NULL)
		policy->command = postfix_setup_own(
		    setup, pool_printf(setup->pool, "%s/inet", port), "command");
	policy->gone = policy->command == NULL &&
		       !reach_inet(pool_printf(setup->pool, "inet:%s:%s", host, port),
			   why, sizeof why);
}

static void
check_policy(struct postfix_setup *setup, const char *where, const char *address)
{
	struct policy policy = { .where = where, .address = address };
	const char *place = strchr(address, ':');

	if (place == NULL)
		return;
	if (strncmp(address, "inet:", strlen("inet:")) == 0)
		find_port(setup, &policy, place + 1);
	else
		find_path(setup, &policy, place + 1);
	tell(setup, &policy);
}

static void
check_list(struct postfix_setup *setup, const char *where, const char *list)
{
	const char *p = list;

	while ((p = strcasestr(p, ASKS)) != NULL) {
		size_t len;

		p += strlen(ASKS);
		p += strspn(p, SEPARATORS "{");
		len = strcspn(p, SEPARATORS "}");
		check_policy(setup, where, pool_strndup(setup->pool, p, len));
		p += len;
	}
}

static bool
is_restrictions(const char *name)
{
	static const char end[] = "_restrictions";
	size_t len = strlen(name);

	return len > strlen(end) && strcmp(name + len - strlen(end), end) == 0;
}

const char *const *
postfix_policy_classes(const struct postfix_setup *setup)
{
	const char **names =
	    pool_alloc(setup->pool, (POSTCONF_PARAMETERS_MAX + 1) * sizeof *names);
	const char *p = postfix_setup_value(setup, "smtpd_restriction_classes");
	size_t n = 0;

	for (p += strspn(p, SEPARATORS); *p != '\0' && n < POSTCONF_PARAMETERS_MAX;
	     p += strspn(p, SEPARATORS)) {
		size_t len = strcspn(p, SEPARATORS);

		if (*p != '-') /* or it would be an option */
			names[n++] = pool_strndup(setup->pool, p, len);
		p += len;
	}
	names[n] = NULL;
	return names;
}

void
postfix_policy_check(struct postfix_setup *setup)
{
	const char *const *classes = postfix_policy_classes(setup);

	for (const struct postconf_setting *s = setup->postconf.first; s != NULL;
	     s = s->next) {
		if (is_restrictions(s->name))
			check_list(setup, s->name, s->value);
	}
	for (size_t i = 0; classes[i] != NULL; i++)
		check_list(setup, classes[i], postfix_setup_value(setup, classes[i]));
}
