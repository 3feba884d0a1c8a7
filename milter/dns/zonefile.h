#ifndef DNS_ZONEFILE_H
#define DNS_ZONEFILE_H

#include <stddef.h>

/*
 * A master file (RFC 1035 section 5) of names in any domain, read for the records that
 * a resolver of ours asks for, and written anew as one zone of the root: without what
 * would lead elsewhere (NS, DS, SOA ...).  Returns the text, to free(); NULL with ${why}
 * "LINE: ...".  ${text} is trusted as far as a setting is.
 */
char *zonefile_read(const char *text, char *why, size_t whysize);

#endif
