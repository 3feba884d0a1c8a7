#ifndef CTL_AUDIT_PLAN_H
#define CTL_AUDIT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wordlist.h"
#include "ctl/audit/audit_rule.h"

struct buf;

/* What is to be audited: the domains of an organisation and what it explains.  Pure. */

#define PLAN_DOMAINS_MAX 2000
#define PLAN_SELECTORS_MAX 40 /* of a domain: each is a question */

enum plan_kind {
	PLAN_GUESS, /* goes by what DNS says */
	PLAN_MAIL,  /* receives, and may send */
	PLAN_SEND,  /* sends only */
	PLAN_NONE   /* neither */
};

struct plan_domain {
	char *name; /* normal form */
	enum plan_kind kind;
	struct wordlist selectors;
	struct wordlist flows; /* as people call them */
	bool from_file;
	char *file; /* where it stands; NULL: on the command line */
	int line;
};

struct plan_explain {
	char *domain; /* normal form; NULL: any */
	bool below;   /* not itself, but all names below it */
	enum audit_rule rule;
	int until; /* the last day, as YYYYMMDD */
	char *reason;
	char *file;
	int line;
};

struct plan {
	char *organisation; /* NULL: not said */
	struct plan_domain *domains;
	size_t domain_count;
	struct wordlist servers; /* MX hosts that are this installation */
	struct plan_explain *explains;
	size_t explain_count;
	struct wordlist warnings; /* "file:line: ..." */
};

void plan_free(struct plan *plan); /* NULL: nothing */

/*
 * A domain of the command line: the one of the file, or one more as PLAN_GUESS.  NULL
 * with ${why}: it is none.
 */
struct plan_domain *plan_take(
    struct plan *plan, const char *text, char *why, size_t whysize);

/* Keep those domains alone whose place in the list has true in ${taken}. */
void plan_restrict(struct plan *plan, const bool *taken);

/* What explains ${rule} of ${domain}, the closest; NULL: nothing. */
const struct plan_explain *plan_explains(
    const struct plan *plan, const char *domain, enum audit_rule rule);

/* Does it name ${domain}? */
bool plan_explain_names(const struct plan_explain *e, const char *domain);

/* A domain as an organisation can have one, free()d by the caller; NULL with ${why}. */
char *plan_domain_name(const char *text, struct buf *why);
struct plan_domain *plan_find(const struct plan *plan, const char *name); /* or NULL */
/* One more; takes ${name} over. */
struct plan_domain *plan_add(struct plan *plan, char *name);
void plan_domain_clear(struct plan_domain *d);
void plan_explain_clear(struct plan_explain *e);

const char *plan_kind_word(enum plan_kind kind);

#endif
