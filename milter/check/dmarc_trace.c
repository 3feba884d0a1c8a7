#include <string.h>

#include "base/pool.h"
#include "check/dmarc_trace.h"

struct dmarc_trace {
	struct pool *pool;
	struct dmarc_step *steps;
	size_t count, size;
};

struct dmarc_trace *
dmarc_trace_new(struct pool *pool)
{
	struct dmarc_trace *trace = pool_alloc(pool, sizeof *trace);

	trace->pool = pool;
	return trace;
}

static void
grow(struct dmarc_trace *trace)
{
	struct dmarc_step *old = trace->steps;

	trace->size = trace->size > 0 ? trace->size * 2 : 16;
	trace->steps = pool_alloc(trace->pool, trace->size * sizeof *trace->steps);
	if (trace->count > 0)
		memcpy(trace->steps, old, trace->count * sizeof *old);
}

void
dmarc_trace_add(
    struct dmarc_trace *trace, const char *what, const char *name, const char *outcome)
{
	if (trace->count == trace->size)
		grow(trace);
	trace->steps[trace->count++] = (struct dmarc_step){ what, name, outcome };
}

const struct dmarc_step *
dmarc_trace_steps(const struct dmarc_trace *trace, size_t *count)
{
	*count = trace->count;
	return trace->steps;
}
