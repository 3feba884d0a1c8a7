#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/*
 * JSON (RFC 8259) written from beginning to end, compact and on one line.  Begin with
 * { .out = ${text} }.  Every value takes its key within an object, and NULL within an
 * array or on top.  Text is any octets: what is no UTF-8 is told as \xNN, as the log
 * does; what a terminal might obey as \u and its number.
 */
struct json_text {
	struct text *out;
	bool ascii; /* nothing above 127 stands as it is, UTF-8 or not */
	bool begun; /* something stands in the innermost object or array */
};

void json_text_object(struct json_text *j, const char *key);
void json_text_object_end(struct json_text *j);
void json_text_array(struct json_text *j, const char *key);
void json_text_array_end(struct json_text *j);
void json_text_string(struct json_text *j, const char *key, const char *s); /* or null */
void json_text_number(struct json_text *j, const char *key, int64_t n);
void json_text_ms(
    struct json_text *j, const char *key, double ms); /* 0 or more; three decimals */
void json_text_bool(struct json_text *j, const char *key, bool yes);
void json_text_null(struct json_text *j, const char *key);
/* ${json} is JSON already, without line ends. */
void json_text_raw(struct json_text *j, const char *key, const char *json);

#endif
