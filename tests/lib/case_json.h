#ifndef CASE_JSON_H
#define CASE_JSON_H

#include <stdio.h>

struct case_file;

/* All of a case as JSON, octets as U+0000 to U+00FF, for runners that are not C. */
void case_json_print(const struct case_file *c, FILE *out);

#endif
