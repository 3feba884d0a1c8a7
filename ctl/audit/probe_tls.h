#ifndef CTL_AUDIT_PROBE_TLS_H
#define CTL_AUDIT_PROBE_TLS_H

struct knock;
struct probed_address;

/*
 * Which versions, suites, groups and signatures a server agrees to, by hellos of our own,
 * each on a connection of its own.  Ends where one does not come to STARTTLS: what is
 * known stays, the rest is unknown.
 */
void probe_tls(struct knock *k, const char *host, struct probed_address *to);

#endif
