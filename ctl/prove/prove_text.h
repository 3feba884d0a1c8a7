#ifndef CTL_PROVE_PROVE_TEXT_H
#define CTL_PROVE_PROVE_TEXT_H

#include <stdbool.h>

struct page;
struct pool;
struct prove_result;

/* The proof for a terminal: a line a case, what is to be mended, and the verdict last. */
void prove_text_write(const struct page *page, const struct prove_result *proof,
    bool verbose, struct pool *pool);

#endif
