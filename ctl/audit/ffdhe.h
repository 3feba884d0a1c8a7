#ifndef CTL_AUDIT_FFDHE_H
#define CTL_AUDIT_FFDHE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Which group of RFC 7919 the prime makes, without leading zeroes: 256 (ffdhe2048) to 260
 * (ffdhe8192); 0: none of them.  Pure.
 */
uint16_t ffdhe_group(const uint8_t *prime, size_t octets);

#endif
