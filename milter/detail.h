#ifndef DETAIL_H
#define DETAIL_H

#include <stddef.h>

struct evidence;
struct pool;
struct question_fact;
struct questions;
struct verdict;

/*
 * How a verdict came about, in lines of level debug that each begin with the queue id:
 * the questions, SPF's steps, the signatures, the walk, the rule.  Nothing below that
 * level.
 */
void detail_log(const struct questions *questions, const struct evidence *ev,
    const struct verdict *verdict);

/*
 * The questions without which a result is temperror, "TXT of example.org, ..." in
 * ${pool}; NULL: each had its answer.  A name is cut to its last labels where SPF's
 * macros may have put a local part into it, as this is told at level info.
 */
const char *detail_unanswered(const struct questions *questions, struct pool *pool);

/* All questions so far as plain data, in ${pool}. */
struct question_fact *detail_questions(
    const struct questions *questions, struct pool *pool, size_t *count);

#endif
