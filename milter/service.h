#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The daemon as the system sees it: signals, user, pid file, systemd.  Failures are
 * told in ${why}, exit codes are main's.
 */

/* Block TERM, HUP, INT and USR1; first thing in main, before there are threads. */
void service_block_signals(void);

/* Does ${user} exist and can it be become?  -1 with ${why}.  Does nothing as non-root. */
int service_check_user(const char *user, char *why, size_t whysize);
/* Become ${user} with its groups, drop every capability.  Nothing as non-root. */
int service_drop_privileges(const char *user, char *why, size_t whysize);

/* Go to the background; the parent exits 0 once service_ready() was called. */
int service_daemonize(char *why, size_t whysize);
int service_pid_file(const char *path, char *why, size_t whysize);
void service_pid_file_remove(const char *path);

enum service_event { SERVICE_STOP, SERVICE_RELOAD };
/* Wait for a signal and say what it asks for. */
enum service_event service_wait(void);

/* Tell systemd (sd_notify), or the waiting parent. */
void service_ready(void);
void service_reloading(void);
void service_stopping(void);

#endif
