#ifndef CHECK_ORGDOMAIN_H
#define CHECK_ORGDOMAIN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The public suffix list (libpsl), for RFC 7489 and for recognising a public
 * suffix.  Read-only after it is loaded: any thread.
 */
struct orgdomain_list;

/* ${path} NULL: the system's list.  NULL with ${why}: cannot be read. */
struct orgdomain_list *orgdomain_list_open(const char *path, char *why, size_t whysize);
void orgdomain_list_close(struct orgdomain_list *list); /* NULL: nothing */

/* The registrable domain of ${domain} (normal form), a pointer into it; itself if none.
 */
const char *orgdomain_registrable(const struct orgdomain_list *list, const char *domain);
bool orgdomain_is_public_suffix(const struct orgdomain_list *list, const char *domain);

#endif
