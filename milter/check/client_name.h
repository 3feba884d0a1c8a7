#ifndef CHECK_CLIENT_NAME_H
#define CHECK_CLIENT_NAME_H

struct ip;
struct pool;
struct questions;
struct wordlist;

/* Names below ${parents} that are asked for their addresses; what else a client's owner
 * writes into its PTR records costs nothing. */
#define CLIENT_NAME_ASKED_MAX 10

/*
 * A name of ${client} (RFC 8601 section 2.7.3, iprev): its PTR record says it, its A or
 * AAAA record leads back, and it is a host name below one of ${parents} (normal form); of
 * several that below the first of them.  "" where there is none, also where DNS fails or
 * DNSSEC says that an answer is forged.  In ${pool}.  Blocks on DNS.
 */
const char *client_name_confirm(struct questions *q, const struct ip *client,
    const struct wordlist *parents, struct pool *pool);

#endif
