#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctl/finding.h"
#include "ctl/postfix/postfix_policy.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/text.h"

#define SEPARATORS ", \t\r\n"
#define ASKS "check_policy_service"

static bool
is_gone(const char *path)
{
	return access(path, F_OK) == -1 && (errno == ENOENT || errno == ENOTDIR);
}

/* The program that spawn(8) runs, or the script that an interpreter does; NULL: none. */
static const char *
missing_program(const struct postfix_setup *setup, const char *command)
{
	static const char *const interpreters[] = { "python", "perl" };
	const char *p = strstr(command, "argv=");
	bool more = p != NULL;

	for (p = more ? p + strlen("argv=") : ""; more && *p == '/';
	     p += strspn(p, " \t")) {
		size_t len = strcspn(p, " \t");
		const char *path = pool_strndup(setup->pool, p, len);
		const char *name = strrchr(path, '/') + 1;

		if (is_gone(path))
			return path;
		more = false;
		for (size_t i = 0; i < sizeof interpreters / sizeof *interpreters; i++)
			more = more || strncmp(name, interpreters[i],
					   strlen(interpreters[i])) == 0;
		p += len;
	}
	return NULL;
}

/* A policy service that ${where} asks. */
struct policy {
	const char *where, *address;
	const char *command; /* of master.cf; NULL: it is not there */
	const char *path;    /* of its socket */
};

static void
tell(struct postfix_setup *setup, const struct policy *policy)
{
	const char *mend = pool_printf(
	    setup->pool, _("take %s %s out of %s"), ASKS, policy->address, policy->where);
	const char *program =
	    policy->command != NULL ? missing_program(setup, policy->command) : NULL;

	if (policy->command == NULL && is_gone(policy->path))
		finding_mend(&setup->faults, mend,
		    _("%s asks %s, which is gone: Postfix defers the mail"),
		    policy->where, policy->address);
	else if (program != NULL)
		finding_mend(&setup->faults, mend,
		    _("%s asks %s, and its program %s is gone: Postfix defers the mail"),
		    policy->where, policy->address, program);
	else if (strcasestr(policy->address, "spf") != NULL)
		finding_look(
		    _("%s asks %s: it refuses mail by SPF alone, before DMARC decides"),
		    policy->where, policy->address);
}

/* Of master.cf, "unix:private/NAME", or somebody else's socket; TCP cannot be told. */
static void
check_policy(struct postfix_setup *setup, const char *where, const char *address)
{
	struct policy policy = { .where = where, .address = address };
	const char *path = address + strlen("unix:"), *inside;

	if (strncmp(address, "unix:", strlen("unix:")) != 0)
		return;
	inside = milters_below(path, setup->view.queue);
	if (inside == NULL)
		inside = path;
	if (strncmp(inside, "private/", strlen("private/")) == 0)
		policy.command = postfix_setup_own(setup,
		    pool_printf(setup->pool, "%s/unix", inside + strlen("private/")),
		    "command");
	policy.path = *inside == '/'
			  ? inside
			  : pool_printf(setup->pool, "%s/%s", setup->view.queue, inside);
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

void
postfix_policy_check(struct postfix_setup *setup)
{
	for (const struct postconf_setting *s = setup->postconf.first; s != NULL;
	     s = s->next) {
		if (is_restrictions(s->name))
			check_list(setup, s->name, s->value);
	}
}
