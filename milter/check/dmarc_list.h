#ifndef CHECK_DMARC_LIST_H
#define CHECK_DMARC_LIST_H

#include "mail/evidence.h"

struct orgdomain_list;
struct pool;

/*
 * Which of the lists that List-Id and List-Post of ${ev} name have signed the message: a
 * signature passes whose domain is the list's, above or below it, the upper of the two no
 * public suffix of ${suffixes} (orgdomain_are_related()).  Anybody may name his own list
 * so: what that is worth is the verdict's to say.  Pure.
 */
struct list_evidence dmarc_list_find(
    const struct evidence *ev, const struct orgdomain_list *suffixes, struct pool *pool);

#endif
