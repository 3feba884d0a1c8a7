#ifndef CTL_AUDIT_AUDIT_HTML_DOMAIN_H
#define CTL_AUDIT_AUDIT_HTML_DOMAIN_H

#include "ctl/audit/rules.h"

struct html;
struct pool;
struct result_domain;

/* One domain on the page: each rule with its evidence, and what DNS answered. */
void audit_html_domain_put(
    struct html *h, const struct result_domain *domain, struct pool *pool);

/* A verdict as a coloured word. */
void audit_html_domain_mark(struct html *h, enum audit_verdict verdict);

#endif
