#ifndef EDGE_SERVICE_NOTIFY_H
#define EDGE_SERVICE_NOTIFY_H

/*
 * Tell the service manager, if there is one that listens: "READY=1" and the like of
 * sd_notify(3).  Made of libsystemd, or of nothing where configure found none.
 */
void service_notify_send(const char *state);

/* "systemd" or "none", for --version. */
const char *service_notify_kind(void);

#endif
