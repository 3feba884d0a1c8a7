#ifndef OUTCOME_OUTCOME_JSON_H
#define OUTCOME_OUTCOME_JSON_H

struct judged_json;
struct text;

/*
 * The one log line of a message as an object, into the empty ${out}: printable ASCII,
 * LOG_OBJECT_MAX octets at most, without local parts.  What has no room is null or, of
 * the signatures, shorter, and named in "left_out".  Pure.
 */
void outcome_json(struct text *out, const struct judged_json *judged);

#endif
