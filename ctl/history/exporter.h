#ifndef CTL_HISTORY_EXPORTER_H
#define CTL_HISTORY_EXPORTER_H

#include <stdbool.h>

/*
 * The file of the setting Metrics over HTTP, in a process that is no filter.  It answers
 * GET and HEAD of /metrics and /health, and nothing else; at most 16 connections at a
 * time, each one request and at most 10 s, or 1 s where others wait.
 */

/* Can this build do so?  False has been said. */
bool exporter_is_built(void);

/* Serve ${path} on ${fd}, a socket that listens, until killed.  False: cannot begin. */
bool exporter_serve(const char *path, int fd);

#endif
