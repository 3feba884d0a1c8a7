#ifndef SUITES_SPF_TREE_COUNT_H
#define SUITES_SPF_TREE_COUNT_H

struct pool;
struct resolver;

/*
 * beschermctl audit counts the lookups of a record and of all that it leads to without a
 * client; spf_check() counts them for one.  For a client that nothing matches, so that
 * all is walked, both must come to the same.
 */
enum tree_count { TREE_COUNT_EQUAL, TREE_COUNT_DIFFERS, TREE_COUNT_NOT_ALL };

/* Tells of what differs as a comment of TAP. */
enum tree_count tree_count_compare(
    struct resolver *resolver, const char *domain, struct pool *pool);

#endif
