#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/netlist.h"
#include "base/oserror.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/shared.h"
#include "ctl/option_value.h"
#include "ctl/owner.h"
#include "ctl/text.h"
#include "ctl/when.h"
#include "history/query.h"
#include "settings.h"

#define WHY_OCTETS 1024
#define READ_SECONDS 600

bool
access_option(struct access *access, int option, const char *value)
{
	size_t n = access->setting_count + 1;

	if (option == 'c') {
		access->conf = value;
		return true;
	}
	if (option == ACCESS_SHARED) {
		access->shared = true;
		return true;
	}
	if (option != 'o')
		return false;
	access->settings = mem_realloc(access->settings, n * sizeof *access->settings);
	access->settings[access->setting_count++] = value;
	return true;
}

bool
access_options(
    int argc, char **argv, const struct option *others, access_take *take, void *cookie)
{
	int option;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	while ((option = getopt_long(argc, argv, ACCESS_SHORT_OPTIONS, others, NULL)) !=
	       -1) {
		if (!take(cookie, option, optarg))
			return false;
	}
	return true;
}

static int
become_owner(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		complaint_print("%s: %s", path, oserror_text(errno));
		return errno == EACCES ? EX_NOPERM : EX_UNAVAILABLE;
	}
	if (!S_ISREG(st.st_mode)) {
		complaint_print(_("%s: is not a file"), path);
		return EX_UNAVAILABLE;
	}
	if (geteuid() != 0)
		return EX_OK;
	if (st.st_uid == 0) {
		complaint_print(_("%s: belongs to root; the history is never opened as "
				  "root: give it to the user that the filter runs as"),
		    path);
		return EX_NOPERM;
	}
	if (!owner_become_apart(st.st_uid, st.st_gid)) {
		complaint_print(_("%s: cannot become its owner"), path);
		return EX_NOPERM;
	}
	return EX_OK;
}

/* Each status in the words and with the exit code of our manual. */
static int
say_status(enum store_status status, const char *path, const char *why)
{
	switch (status) {
	case STORE_FOREIGN:
		complaint_print("%s", why);
		return EX_CONFIG;
	case STORE_CORRUPT:
		complaint_print("%s", why);
		complaint_print(
		    _("restart the filter: it puts the file aside and begins a new one"));
		return EX_DATAERR;
	case STORE_BUSY:
		complaint_print(_("%s: is in use, try again"), path);
		return EX_TEMPFAIL;
	default:
		if (access(path, R_OK | W_OK) != 0 && errno == EACCES) {
			complaint_print(_("%s: may be read by its owner only: as root, "
					  "or with sudo -u beschermd"),
			    path);
			return EX_NOPERM;
		}
		complaint_print("%s", why);
		return EX_UNAVAILABLE;
	}
}

/*
 * Also what a server says is not for root to read: the owner of our own history, or the
 * user of the filter.
 */
static int
become_user(const struct config *config)
{
	struct stat st;
	uid_t user;
	gid_t group;

	if (geteuid() != 0)
		return EX_OK;
	if (*config->history != '\0' && lstat(config->history, &st) == 0)
		return become_owner(config->history);
	if (!owner_find(config->user_id, &user, &group) ||
	    !owner_become_apart(user, group)) {
		complaint_print(_("UserID: cannot become %s"), config->user_id);
		return EX_NOPERM;
	}
	return EX_OK;
}

static int
can_connect(const struct access *a)
{
	if (!shared_is_built()) {
		complaint_print("%s", _("this beschermctl was built without PostgreSQL "
					"(--without-postgresql)"));
		return EX_UNAVAILABLE;
	}
	if (*a->config->history_shared == '\0') {
		complaint_print("%s", _("no history is shared: the setting HistoryShared "
					"names its server"));
		return EX_UNAVAILABLE;
	}
	return EX_OK;
}

int
access_connect(const struct access *a, int seconds, struct shared **shared)
{
	enum store_status status;
	char why[WHY_OCTETS];
	int code = can_connect(a);

	if (code != EX_OK)
		return code;
	*shared =
	    shared_open(a->config->history_shared, seconds, &status, why, sizeof why);
	if (*shared != NULL)
		return EX_OK;
	complaint_print("HistoryShared: %s", why);
	return status == STORE_FOREIGN ? EX_CONFIG : EX_TEMPFAIL;
}

int
access_turn_to_shared(struct access *a)
{
	struct query_source source;
	struct shared *shared = NULL;
	int code = can_connect(a);

	if (code == EX_OK)
		code = become_user(a->config);
	if (code == EX_OK)
		code = access_connect(a, READ_SECONDS, &shared);
	if (code != EX_OK)
		return code;
	query_close(a->query);
	source = shared_source(shared);
	a->query = query_new(&source);
	a->server = shared;
	return EX_OK;
}

int
access_settings(struct access *a)
{
	char why[WHY_OCTETS];

	a->config =
	    settings_load(a->conf, a->settings, a->setting_count, why, sizeof why);
	if (a->config != NULL)
		return EX_OK;
	complaint_print("%s", why);
	return EX_CONFIG;
}

static int
open_own(struct access *a)
{
	char why[WHY_OCTETS];
	enum store_status status = STORE_OK;
	const char *path = a->config->history;
	int code;

	if (*path == '\0') {
		complaint_print("%s", _("no history is kept: the setting History names "
					"its file"));
		return EX_UNAVAILABLE;
	}
	code = become_owner(path);
	if (code != EX_OK)
		return code;
	a->query = query_open(path, &status, why, sizeof why);
	return a->query != NULL ? EX_OK : say_status(status, path, why);
}

int
access_open(struct access *a)
{
	int code = access_settings(a);

	if (code != EX_OK)
		return code;
	return a->shared ? access_turn_to_shared(a) : open_own(a);
}

int
access_open_all(struct access *a)
{
	int code = access_settings(a);

	if (code != EX_OK)
		return code;
	return *a->config->history_shared != '\0' ? access_turn_to_shared(a)
						  : open_own(a);
}

void
access_close(struct access *a)
{
	query_close(a->query);
	config_free(a->config);
	free(a->settings);
	*a = (struct access){ 0 };
}

int
access_failed(const struct access *a)
{
	bool shared = query_store(a->query) == NULL;

	complaint_print("%s: %s", shared ? "HistoryShared" : a->config->history,
	    query_error(a->query));
	return shared ? EX_TEMPFAIL : EX_IOERR;
}

bool
access_time(const char *option, const char *text, int64_t *at)
{
	if (when_parse(text, time(NULL), at))
		return true;
	complaint_print(
	    _("%s: %s is not a time such as 2026-11-30, 2026-11-30T14:00, 7d or 24h"),
	    option, text);
	return false;
}

bool
access_domain(const char *option, char *value, const char **domain)
{
	for (char *p = value; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	*domain = value;
	return (*value != '\0' && strcmp(value, ".") != 0) ||
	       option_value_refuse(option, value, _("a domain"));
}

bool
access_client(const char *option, const char *value, struct netlist *clients)
{
	return netlist_add(clients, value) ||
	       option_value_refuse(option, value, _("an address or a network"));
}
