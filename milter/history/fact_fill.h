#ifndef HISTORY_FACT_FILL_H
#define HISTORY_FACT_FILL_H

#include "history/fact.h"

struct pool;

/* What stands in each column of a message; texts in ${pool}, ${ev} or constant.  Pure. */
void fact_fill(struct fact_value values[FACT_VALUES], const struct config *config,
    const struct evidence *ev, const struct verdict *verdict, struct pool *pool);

#endif
