#ifndef EDGE_RELOAD_H
#define EDGE_RELOAD_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/* How a running daemon is asked to reload, and answers: signals between processes. */
#define RELOAD_SIGNAL SIGUSR1
/* To who waits for the outcome. */
#define RELOAD_DONE_SIGNAL SIGUSR1
#define RELOAD_REFUSED_SIGNAL SIGUSR2

/*
 * For `systemctl reload`, in a process of its own: has the daemon ${pid} reload, and
 * waits for the outcome.  As the user of the daemon, which root becomes.  -1 with ${why}.
 */
int reload_ask(pid_t pid, char *why, size_t whysize);

#endif
