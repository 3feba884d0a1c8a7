#ifndef CTL_AUDIT_AUDIT_JSON_H
#define CTL_AUDIT_AUDIT_JSON_H

struct pool;
struct result;
struct text;

/* The audit as one JSON object on one line: for programs, and for the next audit. */
void audit_json_write(struct text *out, const struct result *result, struct pool *pool);

#endif
