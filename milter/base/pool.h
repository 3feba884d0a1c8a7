#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

/*
 * A pool owns everything allocated from it until pool_free(): the memory of one
 * lifetime (a message, a connection, one evaluation).  Used by one thread at a
 * time.
 */
struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *pool);                /* pool_free(NULL) does nothing */
void *pool_alloc(struct pool *pool, size_t size); /* zeroed */
void *pool_room(struct pool *pool, size_t size);  /* not zeroed: to be written to first */
char *pool_strdup(struct pool *pool, const char *s);
char *pool_strndup(struct pool *pool, const char *s, size_t len);
/* ${first}, ${second} and ${third} in a row. */
char *pool_join(
    struct pool *pool, const char *first, const char *second, const char *third);
char *pool_printf(struct pool *pool, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
