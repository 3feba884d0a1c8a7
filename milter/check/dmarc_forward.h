#ifndef CHECK_DMARC_FORWARD_H
#define CHECK_DMARC_FORWARD_H

struct dmarc_check;
struct evidence;
struct orgdomain_list;
struct pool;

/*
 * Does forwarding explain that ${ev} fails?  Sets ev->forward.forwarded, and the steps of
 * ev->dmarc anew:
 *
 * FORWARDED_BODY	an aligned signature holds for the header, From among it, and only
 *			the body is another;
 * FORWARDED_SRS	SPF passes for an envelope sender of the client's own (its HELO or
 *			name is of the same registrable domain by ${suffixes}), which is
 *			rewritten from one that aligns with the author.
 *
 * A sign and no proof: who has a message of the author can send its header with a body of
 * his own.  After dmarc_check_end().  Blocks on DNS.
 */
void dmarc_forward_find(struct dmarc_check *check, struct evidence *ev,
    const struct orgdomain_list *suffixes, struct pool *pool);

#endif
