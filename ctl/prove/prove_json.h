#ifndef CTL_PROVE_PROVE_JSON_H
#define CTL_PROVE_PROVE_JSON_H

struct pool;
struct prove_result;
struct text;

/* The proof as one JSON object on one line: for programs, and for `beschermctl audit`. */
void prove_json_write(
    struct text *out, const struct prove_result *proof, struct pool *pool);

#endif
