#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

/*
 * Read a whole regular file of at most ${max} octets.  Returns its content, which
 * is the caller's to free() and has a NUL behind its last octet, and sets *len
 * unless ${len} is NULL; or NULL, with ${why} (of ${whysize} bytes) naming the path
 * and the reason.
 */
char *file_read(const char *path, size_t max, size_t *len, char *why, size_t whysize);

/* The same of an open one, from where it is; NULL with errno, EFBIG: there is more. */
char *file_read_all(int fd, size_t max, size_t *len);

#endif
