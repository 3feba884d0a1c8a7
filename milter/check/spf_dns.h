#ifndef CHECK_SPF_DNS_H
#define CHECK_SPF_DNS_H

#include <stdbool.h>

#include "base/ip.h"
#include "dns/resolver.h"
#include "mail/evidence.h"

struct pool;
struct questions;

/* What one evaluation asks DNS, in the words of SPF. */
struct spf_dns {
	struct questions *questions;
	struct ip client;
	struct pool *pool;
	enum dns_sec sec; /* of all answers so far: yes only if every one was secure */
};

/*
 * ${text}, as the macros gave it, in the form that is asked for; NULL: no domain
 * name (an empty label, one over 63 octets, too long).
 */
const char *spf_dns_name(const struct spf_dns *d, const char *text);

/* For people: ${name} as asked for, or, where it is NULL, ${text} that was no name. */
const char *spf_dns_told(const struct spf_dns *d, const char *name, const char *text);

/* Never NULL.  ${name}: from spf_dns_name(); NULL does not exist. */
const struct dns_answer *spf_dns_ask(
    struct spf_dns *d, const char *name, enum dns_type type);

bool spf_dns_has_failed(const struct dns_answer *answer); /* temperror */

/*
 * The record of an answer for the client's family that lies in one network of
 * ${prefix} bits with the client; else the first of them, or NULL; and *covers.
 */
const struct dns_record *spf_dns_address(const struct spf_dns *d,
    const struct dns_answer *answer, unsigned prefix, bool *covers);

/* The names of the client's address: the answer of its PTR question. */
const struct dns_answer *spf_dns_names(struct spf_dns *d);

/* Is one of ${names} below ${domain} (text), and does it lead back to the client? */
bool spf_dns_is_below(
    struct spf_dns *d, const struct dns_answer *names, const char *domain);

/* The name for %{p}: ${domain} itself, else one below it, else any; NULL: none. */
const char *spf_dns_validated(struct spf_dns *d, const char *domain);

#endif
