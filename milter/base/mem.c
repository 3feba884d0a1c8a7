#include <stdlib.h>
#include <string.h>

#include "config.h"
#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif

#include "base/log.h"
#include "base/mem.h"

static void *
checked(void *p, size_t size)
{
	if (p == NULL) {
		log_error("out of memory asking for %zu bytes", size);
		abort();
	}
	return p;
}

void *
mem_alloc(size_t size)
{
	return checked(calloc(1, size ? size : 1), size);
}

void *
mem_room(size_t size)
{
	return checked(malloc(size ? size : 1), size);
}

void *
mem_realloc(void *p, size_t size)
{
	return checked(realloc(p, size ? size : 1), size);
}

char *
mem_strndup(const char *s, size_t len)
{
	char *copy = checked(malloc(len + 1), len + 1);

	if (len > 0)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

void
mem_give_back(void)
{
#ifdef HAVE_MALLOC_TRIM
	malloc_trim(0);
#endif
}
