#ifndef JSON_LINES_H
#define JSON_LINES_H

#include <jansson.h>

/*
 * Call ${check} with every JSON value in the files of ${CONFORMANCE_DIR}/${folder}
 * whose names end in ${suffix}, in order of name: one value, or one a line.  Without
 * the data it calls nothing; what is no JSON ends the program.
 */
void json_lines_each(
    const char *folder, const char *suffix, void (*check)(const json_t *value));

#endif
