#ifndef DMARC_CASE_H
#define DMARC_CASE_H

#include "check/dmarc.h"

/* One message's DMARC check over a zone text (resolver_zone.h). */
struct dmarc_case;

/*
 * NULL: the zone cannot be read.  ${from}: normal form.  Nothing is asked early, so
 * that what is asked is what the answer needs; unless it is an early case.
 */
struct dmarc_case *dmarc_case_new(const char *zone, const char *from);
struct dmarc_case *dmarc_case_new_early(const char *zone, const char *from);
void dmarc_case_free(struct dmarc_case *c);

void dmarc_case_queue_id(struct dmarc_case *c, const char *queue_id);
/* Instead: a message that has no queue id, and this header. */
void dmarc_case_message_id(struct dmarc_case *c, const char *message_id);
void dmarc_case_spf(struct dmarc_case *c, const char *result, const char *domain);
void dmarc_case_spf_helo(struct dmarc_case *c, const char *result, const char *domain);
/* One more signature, behind those before. */
void dmarc_case_dkim(struct dmarc_case *c, const char *result, const char *domain);
/* The same, "pass example.nl, fail example.org". */
void dmarc_case_signatures(struct dmarc_case *c, const char *text);

struct dmarc_evidence dmarc_case_check(
    struct dmarc_case *c, const struct dmarc_options *options);
const struct evidence *dmarc_case_evidence(const struct dmarc_case *c);

/* The names whose _dmarc TXT was asked, in order, with spaces between. */
const char *dmarc_case_names(const struct dmarc_case *c);
/* How many questions in all, and whether the author's existence was asked. */
size_t dmarc_case_asked(const struct dmarc_case *c);
/* How many questions were asked early. */
size_t dmarc_case_prefetched(const struct dmarc_case *c);
bool dmarc_case_asked_existence(const struct dmarc_case *c);

/* What the check found, in one line; lives as long as the case. */
const char *dmarc_case_spell(struct dmarc_case *c, const struct dmarc_evidence *d);
/* All its steps, a line each. */
const char *dmarc_case_steps(struct dmarc_case *c, const struct dmarc_evidence *d);

#endif
