#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <stdbool.h>
#include <stdio.h>

struct judged;

/*
 * One message as one line of JSON.  Keys are fixed: all are always there, null where
 * there is nothing to say.  Text from outside that is no UTF-8 has \xNN in place of its
 * octets above 127.
 */
void json_print(FILE *out, const struct judged *judged);

/* Is ${text} one JSON array, on one line and in ASCII? */
bool json_holds_array(const char *text);

#endif
