#ifndef QUESTION_FACTS_H
#define QUESTION_FACTS_H

#include <stddef.h>

struct pool;
struct question_fact;
struct questions;

/*
 * The DNS questions of a message as plain data (mail/evidence.h), in the order first
 * asked, in ${pool}: so that what tells of them need not know how they were asked.
 */
struct question_fact *question_facts(
    const struct questions *questions, struct pool *pool, size_t *count);

#endif
