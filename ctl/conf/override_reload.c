#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/oserror.h"
#include "base/unconst.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/conf/override_reload.h"
#include "ctl/text.h"
#include "edge/reload.h"
#include "settings.h"

#define SERVICE "beschermd"
#define WHY_OCTETS 512
#define PID_FILE_MAX 32
#define NAME_OCTETS 64

/* Is it the file that the unit reads? */
static bool
is_installed(const char *conf)
{
	char real[PATH_MAX], installed[PATH_MAX];

	return conf == NULL || (realpath(conf, real) != NULL &&
				   realpath(SETTINGS_FILE, installed) != NULL &&
				   strcmp(real, installed) == 0);
}

/* sd_booted(3) */
static bool
is_systemd_here(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

static bool
ended_well(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return false;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* It says itself what is wrong. */
static int
by_systemd(void)
{
	char *argv[] = { unconst("systemctl"), unconst("reload"), unconst(SERVICE),
		NULL };
	pid_t pid;
	int error = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);

	if (error != 0)
		complaint_print("%s: %s", argv[0], oserror_text(error));
	else if (ended_well(pid))
		return EX_OK;
	complaint_print("%s", _("the reload failed: journalctl -u beschermd says why"));
	return EX_UNAVAILABLE;
}

/* Is it ours?  The file may be the daemon's own, and USR1 ends what does not expect it.
 */
static bool
is_daemon(pid_t pid)
{
	char path[NAME_OCTETS], why[WHY_OCTETS], *name;
	bool is;

	snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
	name = file_read(path, NAME_OCTETS, NULL, why, sizeof why);
	is = name != NULL && strcmp(name, SERVICE "\n") == 0;
	free(name);
	return is;
}

/* 0: there is none. */
static pid_t
read_pid(const char *path)
{
	char why[WHY_OCTETS], *text, *end;
	long number;

	text = file_read(path, PID_FILE_MAX, NULL, why, sizeof why);
	if (text == NULL) {
		complaint_print("%s", why);
		return 0;
	}
	number = strtol(text, &end, 10);
	if (end == text || *end != '\n' || number <= 1 || number > INT_MAX ||
	    !is_daemon((pid_t)number)) {
		complaint_print(_("%s: does not name a running %s"), path, SERVICE);
		number = 0;
	}
	free(text);
	return (pid_t)number;
}

/* In a process of its own: to be answered it becomes the daemon's user. */
static int
by_pid(pid_t pid)
{
	char why[WHY_OCTETS];
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		int result = reload_ask(pid, why, sizeof why);

		if (result == -1)
			complaint_print("%s", why);
		_exit(result == -1);
	}
	if (child == -1)
		complaint_print("%s", oserror_text(errno));
	return child != -1 && ended_well(child) ? EX_OK : EX_UNAVAILABLE;
}

int
override_reload(const char *conf, const struct config *config)
{
	pid_t pid;
	int code;

	if (is_installed(conf) && is_systemd_here()) {
		code = by_systemd();
	} else if (*config->pid_file != '\0') {
		pid = read_pid(config->pid_file);
		code = pid != 0 ? by_pid(pid) : EX_UNAVAILABLE;
	} else {
		complaint_print("%s", _("not reloaded: systemd does not run with these "
					"settings, and they have no PidFile; send USR1 "
					"to the filter"));
		return EX_UNAVAILABLE;
	}
	if (code == EX_OK)
		puts(_("The filter has reloaded its settings."));
	return code;
}
