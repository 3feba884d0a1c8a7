#ifndef CTL_POSTFIX_MYNETWORKS_H
#define CTL_POSTFIX_MYNETWORKS_H

#include "base/netlist.h"
#include "base/wordlist.h"

/*
 * Postfix's mynetworks, taken apart: addresses and networks, also those that stand in
 * a file (/path) or in a table that is a text of them (cidr:/path).
 */
struct mynetworks {
	struct netlist networks;
	struct wordlist unread; /* entries that only Postfix can look into */
};

void mynetworks_read(struct mynetworks *mynetworks, const char *value);
void mynetworks_clear(struct mynetworks *mynetworks); /* frees what it holds */

#endif
