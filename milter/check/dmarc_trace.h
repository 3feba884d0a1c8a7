#ifndef CHECK_DMARC_TRACE_H
#define CHECK_DMARC_TRACE_H

#include <stddef.h>

#include "mail/evidence.h"

struct pool;

/* How one DMARC result came about, step by step; its memory is the pool's. */
struct dmarc_trace;

struct dmarc_trace *dmarc_trace_new(struct pool *pool);

/* All three must live as long as the pool does. */
void dmarc_trace_add(
    struct dmarc_trace *trace, const char *what, const char *name, const char *outcome);

/* The steps so far, valid until the next is added. */
const struct dmarc_step *dmarc_trace_steps(
    const struct dmarc_trace *trace, size_t *count);

#endif
