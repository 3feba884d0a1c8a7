#ifndef DNS_QUESTION_NAME_H
#define DNS_QUESTION_NAME_H

#include "dns/resolver.h"

const char *question_name_of_status(enum dns_status status); /* "found", "nodata", ... */
const char *question_name_of_type(enum dns_type type);       /* "TXT", ... */

#endif
