#ifndef BASE_DEFLATE_H
#define BASE_DEFLATE_H

#include <stddef.h>

/*
 * Octets made smaller and whole again (RFC 1950).  What is returned is the caller's to
 * free(), with its length in *out_len.  Any thread.
 */
void *deflate_pack(const void *data, size_t len, size_t *out_len);

/*
 * A file of gzip (RFC 1952), as small as is usual, without a name or a time in it: equal
 * octets make equal files.
 */
void *deflate_gzip(const void *data, size_t len, size_t *out_len);

/* NULL: it is damaged, or would be more than ${max} octets.  A NUL stands behind it. */
char *deflate_unpack(const void *data, size_t len, size_t max, size_t *out_len);

#endif
