#ifndef CTL_AUDIT_MANNERS_H
#define CTL_AUDIT_MANNERS_H

#include <stdbool.h>

struct ip;

/*
 * How one behaves to servers of others: one connection at a time to an address, a pause
 * between two, and not more than so many in all.  Any thread.
 */
struct manners;

#define MANNERS_CONNECTIONS_MAX 25

struct manners *manners_new(int pause_ms);
void manners_free(struct manners *manners); /* NULL: nothing to do */

/* Wait until ${ip} may be connected to; manners_leave() then.  False: never again. */
bool manners_enter(struct manners *manners, const struct ip *ip);
void manners_leave(struct manners *manners, const struct ip *ip);

#endif
