#ifndef CTL_AUDIT_AUDIT_JSON_HOST_H
#define CTL_AUDIT_AUDIT_JSON_HOST_H

struct json_text;
struct pool;
struct probed_host;

/* One host that was connected to, as an object of the JSON of an audit. */
void audit_json_host_put(
    struct json_text *j, const struct probed_host *h, struct pool *pool);

#endif
