#ifndef BASE_HOSTNAME_H
#define BASE_HOSTNAME_H

#include <limits.h>

#define HOSTNAME_SIZE (HOST_NAME_MAX + 1)

/*
 * The name of this host, as gethostname() tells it; "localhost" where it has none,
 * which is at least a legal authserv-id.  Returns ${name}.  Any thread.
 */
const char *hostname_get(char name[HOSTNAME_SIZE]);

#endif
