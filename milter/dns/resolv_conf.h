#ifndef DNS_RESOLV_CONF_H
#define DNS_RESOLV_CONF_H

#include <stdbool.h>

/* The host's list of name servers, resolv.conf(5).  It may come, and change, at any time.
 */

/* Asked while the file names none, as resolv.conf(5) has it. */
#define RESOLV_CONF_DEFAULT "127.0.0.1"

/* The text of ${path}, to be freed.  NULL: there is none, or it cannot be read. */
char *resolv_conf_read(const char *path);

/* Does ${text} name a server?  NULL names none. */
bool resolv_conf_names_server(const char *text);

#endif
