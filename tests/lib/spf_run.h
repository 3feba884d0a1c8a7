#ifndef SPF_RUN_H
#define SPF_RUN_H

#include "check/spf.h"

/* One check of ${domain} in a zone, and what is left to look at. */
struct spf_run {
	struct pool *pool;
	struct resolver *resolver;
	struct questions *questions;
	struct spf_identity identity;
	struct spf_evidence found;
	int compiled; /* records that libspf2 got to see */
};

struct questions;
struct resolver;
struct pool;

struct spf_run spf_run(const char *zone, const char *client, const char *domain);
void spf_run_end(struct spf_run *c);

/* In two steps, for who changes something in between; and again. */
struct spf_run spf_run_begin(const char *zone, const char *client, const char *domain);
void spf_run_again(struct spf_run *c);

#endif
