#ifndef CTL_AUDIT_FFDHE_H
#define CTL_AUDIT_FFDHE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Of which group of RFC 7919 the prime is, without leading zeroes: 3072, 4096, 6144 or
 * 8192; 0: of none of these (ffdhe2048 is not looked for).  Pure.
 */
unsigned ffdhe_bits(const uint8_t *prime, size_t octets);

#endif
