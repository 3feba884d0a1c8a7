#ifndef CTL_DIGEST_H
#define CTL_DIGEST_H

#include <stddef.h>

struct config;
struct pool;

/* SHA-256 as hexadecimal, in ${pool}: by what a record says what it is about. */
const char *digest_sha256(const char *octets, size_t len, struct pool *pool);

/* Of what `beschermctl conf` prints. */
const char *digest_settings(const struct config *config, struct pool *pool);

#endif
