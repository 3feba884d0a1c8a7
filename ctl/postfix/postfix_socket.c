#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/oserror.h"
#include "config/config.h"
#include "ctl/finding.h"
#include "ctl/postfix/milters.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/postfix/postfix_socket.h"
#include "ctl/postfix/reach.h"
#include "ctl/text.h"
#include "edge/listener.h"

/* Also where it runs: its socket may have gone. */
#define START "systemctl restart beschermd"

static const char *
group_name(gid_t gid, struct pool *pool)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	const struct group *group = getgrgid(gid);

	return group != NULL ? pool_strdup(pool, group->gr_name)
			     : pool_printf(pool, "%u", (unsigned)gid);
}

/* Is ${path} below the queue directory, where what is made is made for Postfix? */
static bool
in_queue(const struct postfix_setup *setup, const char *path)
{
	return milters_below(path, setup->view.queue) != NULL;
}

static const char *
mend_missing(const struct postfix_setup *setup, const struct reach_user *user,
    const struct reach *reach)
{
	const char *owner = setup->config->user_id;
	int len = (int)strcspn(owner, ":"); /* a group may follow */

	if (strcmp(reach->path, listener_path(setup->socket)) == 0)
		return START;
	if (!in_queue(setup, reach->path))
		return pool_printf(setup->pool, "install -d -o %.*s -m 0755 %s", len,
		    owner, reach->path);
	return pool_printf(setup->pool, "install -d -o %.*s -g %s -m 2750 %s", len, owner,
	    group_name(user->gid, setup->pool), reach->path);
}

/* The smallest change that lets ${user} through, ${bit} being x or w. */
static const char *
mend_mode(const struct postfix_setup *setup, const struct reach_user *user,
    const struct reach *reach, char bit)
{
	unsigned wanted = bit == 'x' ? 1 : 2;
	const struct stat *st = &reach->st;
	const char *own = group_name(user->gid, setup->pool);

	if (user->uid == st->st_uid)
		return pool_printf(setup->pool, "chmod u+%c %s", bit, reach->path);
	if (reach_in_group(user, st->st_gid))
		return pool_printf(setup->pool, "chmod g+%c %s", bit, reach->path);
	/* A group that root is not in itself, and that may. */
	if (!in_queue(setup, reach->path) && st->st_gid != 0 &&
	    (st->st_mode >> 3 & wanted) != 0)
		return pool_printf(setup->pool,
		    "adduser %s %s && systemctl restart postfix", user->name,
		    group_name(st->st_gid, setup->pool));
	if (in_queue(setup, reach->path))
		return pool_printf(setup->pool, "chgrp %s %s && chmod g+%c%s %s", own,
		    reach->path, bit, bit == 'x' ? "s" : "", reach->path);
	return pool_printf(setup->pool, "chmod o+%c %s", bit, reach->path);
}

static const char *
mend_socket(const struct postfix_setup *setup, const struct reach_user *user,
    const struct reach *reach)
{
	const char *now = mend_mode(setup, user, reach, 'w');

	if (strncmp(now, "adduser", strlen("adduser")) == 0)
		return now;
	/* The daemon makes it anew each time, so it is the settings that last. */
	return pool_printf(setup->pool,
	    _("in beschermd.conf: SocketGroup %s, SocketMode 0660; then: systemctl "
	      "restart "
	      "beschermd"),
	    group_name(user->gid, setup->pool));
}

static void
tell_mode(struct postfix_setup *setup, const struct reach_user *user,
    const struct reach *reach, const char *mend)
{
	unsigned mode = reach->st.st_mode & 07777U;
	const char *group = group_name(reach->st.st_gid, setup->pool);

	if (reach->stop == REACH_NO_ENTRY)
		finding_mend(&setup->faults, mend,
		    _("user %s may not enter the folder %s (mode %04o, group %s)"),
		    user->name, reach->path, mode, group);
	else
		finding_mend(&setup->faults, mend,
		    _("user %s may not write to the socket %s (mode %04o, group %s)"),
		    user->name, reach->path, mode, group);
}

static void
check_connect(struct postfix_setup *setup, const struct reach_user *user)
{
	const char *path = listener_path(setup->socket);
	const char *root = setup->view.chrooted ? setup->view.queue : NULL;
	int error;

	if (geteuid() != 0) {
		finding_look(
		    _("the path to %s is open for user %s; only root can try it"), path,
		    user->name);
		return;
	}
	error = reach_connect(user, root, root != NULL ? path + strlen(root) : path);
	if (error == 0)
		finding_well(_("user %s can reach %s"), user->name, path);
	else if (error == ECONNREFUSED)
		finding_mend(&setup->faults, START, _("nothing listens at %s"), path);
	else
		finding_mend(&setup->faults,
		    pool_printf(setup->pool, "namei -l %s", path),
		    _("user %s cannot reach %s: %s"), user->name, path,
		    oserror_text(error));
}

static void
check_path(struct postfix_setup *setup, const struct reach_user *user)
{
	const struct reach reach = reach_walk(user, listener_path(setup->socket));

	switch (reach.stop) {
	case REACH_FREE:
		check_connect(setup, user);
		break;
	case REACH_MISSING:
		/* Where it has yet to move to it is not expected. */
		if (setup->socket != setup->config->socket &&
		    strcmp(reach.path, listener_path(setup->socket)) == 0)
			break;
		finding_mend(&setup->faults, mend_missing(setup, user, &reach),
		    _("%s is not there"), reach.path);
		break;
	case REACH_UNKNOWN:
		finding_look(_("%s cannot be looked at (%s): run this as root"),
		    reach.path, oserror_text(reach.error));
		break;
	case REACH_NO_SOCKET:
		finding_mend(&setup->faults,
		    pool_printf(setup->pool, "ls -ld %s", reach.path),
		    _("%s is not a socket"), reach.path);
		break;
	case REACH_NO_ENTRY:
		tell_mode(setup, user, &reach, mend_mode(setup, user, &reach, 'x'));
		break;
	case REACH_NO_WRITE:
		tell_mode(setup, user, &reach, mend_socket(setup, user, &reach));
		break;
	}
}

static void
check_inet(struct postfix_setup *setup)
{
	char why[256];

	if (reach_inet(setup->address, why, sizeof why))
		finding_well(_("%s can be reached"), setup->address);
	else
		finding_mend(&setup->faults, START, _("%s cannot be reached: %s"),
		    setup->address, why);
}

const char *
postfix_socket_group(const struct postfix_setup *setup)
{
	const char *owner = postconf_value(&setup->postconf, "mail_owner");
	struct reach_user user;

	if (owner == NULL || !reach_user(&user, owner))
		return "postfix";
	return group_name(user.gid, setup->pool);
}

void
postfix_socket_check(struct postfix_setup *setup)
{
	const char *owner = postconf_value(&setup->postconf, "mail_owner");
	struct reach_user user;

	if (listener_path(setup->socket) == NULL)
		check_inet(setup);
	else if (owner == NULL || !reach_user(&user, owner))
		finding_mend(&setup->faults, "getent passwd postfix",
		    _("there is no user %s (mail_owner)"), owner != NULL ? owner : "");
	else
		check_path(setup, &user);
}
