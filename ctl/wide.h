#ifndef CTL_WIDE_H
#define CTL_WIDE_H

#include <stdbool.h>
#include <stddef.h>

struct network;

/* Are all addresses of ${network} in one of ${count} networks? */
bool wide_is_within(
    const struct network *network, const char *const *networks, size_t count);

/*
 * Would strangers be in it: is it a public network, and wider than what one site or
 * provider has?
 */
bool wide_holds_strangers(const struct network *network);

/*
 * Is it where containers are (172.17.0.0/16 and so on)?  Docker hands on from there what
 * comes from outside.
 */
bool wide_may_be_docker(const struct network *network);

#endif
