#ifndef CHECK_SPF_EXPAND_H
#define CHECK_SPF_EXPAND_H

struct spf_dns;
struct spf_frame;
struct spf_identity;

/* The domain that ${spec}, in the record of ${domain}, stands for; asks for %{p}. */
const char *spf_expand_domain(struct spf_dns *d, const struct spf_identity *identity,
    const char *domain, const char *spec);

/*
 * Why the client failed, in the words of the domain (RFC 7208 section 6.2): of
 * ${first} or where its redirects led, never of an included record.  NULL: none, or
 * something is wrong with it.  *local_name: the name that it asked for, if that holds
 * the sender's local part.
 */
const char *spf_expand_explanation(struct spf_dns *d, const struct spf_identity *identity,
    const struct spf_frame *first, const char **local_name);

#endif
