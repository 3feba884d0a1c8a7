#ifndef CASE_MUTATE_H
#define CASE_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Changes a .case file by lines, so that what a fuzzer makes of it can still be read:
 * takes lines away, doubles, moves them, brings in new ones, and lets ${octets}
 * (LLVMFuzzerMutate) change the inside of one.
 */
typedef size_t case_mutate_octets(uint8_t *data, size_t size, size_t max);

/* In place; returns the new size, at most ${max}. */
size_t case_mutate(uint8_t *data, size_t size, size_t max, unsigned int seed,
    case_mutate_octets *octets);

/* ${a} with some lines of ${b} among its own, into ${out}. */
size_t case_mutate_cross(const uint8_t *const texts[2], const size_t sizes[2],
    uint8_t *out, size_t max, unsigned int seed);

#endif
