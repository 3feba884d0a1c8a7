#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

/*
 * FNV-1a over a text: begin with HASH_START, to which a number may be xored that tells
 * one table from another.  No defence: who may choose texts can find equal ones.
 */
#define HASH_START 2166136261u

static inline uint32_t
hash_text(uint32_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash;
}

#endif
