#ifndef EDGE_SERVICE_H
#define EDGE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The daemon as the system sees it: signals, user, pid file, systemd.  Failures are
 * told in ${why}, exit codes are main's.
 */

/*
 * Block TERM, INT, HUP and USR1 for good; first thing in main, before there are
 * threads: they wait for service_wait(), which alone takes them.  libmilter's thread
 * for signals gets none, as this module has a sigwait() of its own, for the whole
 * program.  SIGPIPE is ignored.
 */
void service_block_signals(void);

enum service_event { SERVICE_STOP, SERVICE_RELOAD, SERVICE_LOOK };
/*
 * Wait for a signal and say what it asks for; SERVICE_LOOK: ${fd} (-1: none) can be read,
 * or ${timeout_ms} (-1: for ever) passed.  The main thread only.
 */
enum service_event service_wait(int fd, int timeout_ms);
/*
 * Tell whoever asked for the reload with reload_ask() what became of it.  Nobody may
 * have: who only sends a signal is told nothing.
 */
void service_answer_reload(bool ok);
/* Make service_wait() return SERVICE_STOP.  Any thread. */
void service_stop(void);

/*
 * As many descriptors as the hard limit allows, 65536 at most: one a connection.  A
 * limit that cannot be raised stays; the resolver warns of one that is too low.
 */
void service_raise_limits(void);

/*
 * Is ${user} ("name" or "name:group") there, and not root?  -1 with ${why}.  Is not
 * looked at as non-root, which can become nobody else.
 */
int service_check_user(const char *user, char *why, size_t whysize);

/*
 * Become ${user} with its groups (nothing as non-root), drop every capability for
 * good, and make files that only we can read.  After it no core file is written and
 * only root can debug us.  Before there are threads: the kernel keeps capabilities by
 * thread.  Securebits stay: NO_NEW_PRIVS already keeps execve() from giving rights to
 * uid 0, and they could not be set by who was not started as root.
 */
int service_drop_privileges(const char *user, char *why, size_t whysize);

/*
 * Go to the background.  Returns in the child, with the descriptor that
 * service_ready() wants; the parent waits for that and exits 0, or with the code
 * of a child that exits before.  -1 with ${why}.
 */
int service_daemonize(char *why, size_t whysize);

/* "": none.  -1 with ${why} and errno.  The check looks only, and is not undone. */
int service_check_pid_file(const char *path, char *why, size_t whysize);
int service_pid_file(const char *path, char *why, size_t whysize);
void service_pid_file_remove(const char *path);

/* Tell systemd (sd_notify), and the waiting parent: -1 if there is none. */
void service_ready(int parent);
void service_reloading(void);
void service_reloaded(void);
void service_stopping(void);

/* Does anybody hear it?  Then a line that people see in its status; "" is none. */
bool service_is_heard(void);
void service_status(const char *text);

#endif
