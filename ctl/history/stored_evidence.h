#ifndef CTL_HISTORY_STORED_EVIDENCE_H
#define CTL_HISTORY_STORED_EVIDENCE_H

#include "mail/evidence.h"

struct pool;
struct query_row;

/*
 * The evidence of a remembered message, as far as verdict_decide() reads it; the rest is
 * as for a message without anything.  In ${pool}, as is all that it points to; ${row}
 * must live as long.
 */
struct evidence stored_evidence(const struct query_row *row, struct pool *pool);

#endif
