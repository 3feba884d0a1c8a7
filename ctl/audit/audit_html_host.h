#ifndef CTL_AUDIT_AUDIT_HTML_HOST_H
#define CTL_AUDIT_AUDIT_HTML_HOST_H

struct html;
struct pool;
struct probed_host;

/* One host that was connected to, with all that it showed, on the page of an audit. */
void audit_html_host_put(
    struct html *h, const struct probed_host *host, struct pool *pool);

#endif
