#ifndef TESTS_FEEDBACK_READER_H
#define TESTS_FEEDBACK_READER_H

#include <stdint.h>

/*
 * A strict reader of aggregate reports, made of RFC 9990 and not of what writes them:
 * well-formed XML of ASCII, and each element where its schema has it, as often, and with
 * a value that it allows.  NULL and *records, *messages; or what is wrong, a constant.
 */
const char *feedback_reader_check(const char *xml, int64_t *records, int64_t *messages);

#endif
