#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * FNV-1a over a text: begin with HASH_START, to which a number may be xored that tells
 * one table from another.  No defence: who may choose texts can find equal ones.
 */
#define HASH_START 2166136261u

static inline uint32_t
hash_octets(uint32_t hash, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)data[i]) * 16777619u;
	return hash;
}

static inline uint32_t
hash_text(uint32_t hash, const char *text)
{
	return hash_octets(hash, text, strlen(text));
}

#endif
