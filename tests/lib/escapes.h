#ifndef ESCAPES_H
#define ESCAPES_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Write ${text} up to ${end} with its escapes worked out: \n is ${newline}; \r \t \xNN
 * are octets; \*COUNT{TEXT} is TEXT that often; any other character stands for itself.
 * False: a repetition that is none.
 */
bool escapes_expand(const char *text, const char *end, const char *newline, FILE *out);

#endif
