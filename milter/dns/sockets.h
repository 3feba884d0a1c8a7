#ifndef DNS_SOCKETS_H
#define DNS_SOCKETS_H

/*
 * How many sockets the resolver may have open at one time: ${wanted}, or what the limit
 * on open files leaves of it, with a line in the log.  Raises that limit if it can.
 */
int sockets_allowed(int wanted);

#endif
