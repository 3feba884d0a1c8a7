#ifndef CTL_AUDIT_SPF_TREE_H
#define CTL_AUDIT_SPF_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/resolver.h"

struct pool;
struct questions;

#define SPF_TREE_RECORDS_MAX 40

/* What stands at a name. */
enum spf_tree_state {
	SPF_TREE_ONE,     /* a record that can be read */
	SPF_TREE_NONE,    /* no record */
	SPF_TREE_SEVERAL, /* more than one */
	SPF_TREE_BROKEN,  /* syntax */
	SPF_TREE_LOOP,    /* CNAMEs in a ring */
	SPF_TREE_UNKNOWN  /* no answer */
};

enum spf_tree_kind {
	SPF_TREE_RING,       /* an include or redirect leads back */
	SPF_TREE_MISSING,    /* it leads to no record */
	SPF_TREE_BAD,        /* it leads to several, or to one that cannot be read */
	SPF_TREE_PASSES,     /* it leads to +all, and passes */
	SPF_TREE_MANY_HOSTS, /* mx has more than ten */
	SPF_TREE_NO_ANSWER,  /* to a term that is asked for */
	SPF_TREE_TOO_LARGE,  /* more records than are followed */
	SPF_TREE_PTR,
	SPF_TREE_BEHIND_ALL, /* a term that nobody reads */
	SPF_TREE_STRANGE,    /* a modifier that nobody knows */
	SPF_TREE_WIDE,       /* a network of the domain's own that is very large */
	SPF_TREE_MACRO       /* not followed */
};

struct spf_tree_finding {
	enum spf_tree_kind kind;
	const char *domain; /* whose record */
	const char *term;   /* as published */
	/* what was asked, to be shown as evidence; NULL: nothing more */
	const char *asked;
	enum dns_type type;
};

struct spf_tree_record {
	const char *domain, *text;
};

/*
 * The SPF record of a domain and all that it leads to, whoever the client is: every
 * branch is walked, macros are not expanded.
 */
struct spf_tree {
	enum spf_tree_state state; /* of the domain's own record */
	const char *reason;        /* SPF_TREE_BROKEN, SPF_TREE_UNKNOWN: why */
	const char *bad;           /* SPF_TREE_BROKEN: the term */
	const char *text;          /* of the record; NULL: none */
	bool is_only_fail;         /* "v=spf1 -all" and no more than exp= */
	/* '-', '~', '?', '+': of the all at the end of the chain; NUL: there is none;
	 * 'm': a macro decides */
	char end;
	int lookups, voids;
	uint64_t v4_addresses;                 /* that pass, each once */
	unsigned v6_prefix;                    /* the shortest that passes; 129: none */
	const struct spf_tree_record *records; /* the domain's first */
	size_t record_count;
	const struct spf_tree_finding *findings;
	size_t finding_count;
	const char *const *includes; /* of the domain's own record */
	size_t include_count;
};

/* Asks through ${q}; lives in ${pool}. */
struct spf_tree spf_tree_walk(struct questions *q, const char *domain, struct pool *pool);

#endif
