#ifndef FORWARDER_H
#define FORWARDER_H

#include "policy/verdict.h"

struct dmarc_check;
struct evidence;
struct parts;
struct pool;
struct questions;

/*
 * The verdict of a message.  What TrustedForwarders asks of it besides its client's
 * address is looked for only where it would else be refused, held, marked or deferred,
 * and becomes evidence: whether forwarding explains the failure (also where an address
 * alone lets it in, so that `replay` can tell what a word more would do), and, where an
 * entry is a name, the client's.  ${dmarc} may be NULL where there is no author.  May
 * block on DNS.
 */
struct verdict forwarder_judge(const struct parts *parts, struct questions *questions,
    struct dmarc_check *dmarc, struct evidence *ev, struct pool *pool);

#endif
