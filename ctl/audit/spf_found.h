#ifndef CTL_AUDIT_SPF_FOUND_H
#define CTL_AUDIT_SPF_FOUND_H

#include "ctl/audit/spf_tree.h"
#include "mail/spf_record.h"

/* The SPF record that stands at one name, or what stands in its place. */
struct spf_found {
	enum spf_tree_state state;
	const char *reason; /* SPF_TREE_BROKEN, SPF_TREE_UNKNOWN */
	const char *text;   /* NULL: none */
	struct spf_record record;
};

struct spf_found spf_found_at(struct questions *q, const char *name, struct pool *pool);

#endif
