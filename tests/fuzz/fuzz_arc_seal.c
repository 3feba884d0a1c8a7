/*
 * ARC-Seal fields of a stranger.  What is told of them stands in the log, in JSON and in
 * the history: a domain in normal form, a number from 1 to 50, and nothing else; and it
 * is what follows from what each field says when it is read alone.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "mail/address.h"
#include "mail/arc_seal.h"
#include "mail/header.h"
#include "must.h"

#define ALONE_MAX 60

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
check_told(const char *told, struct pool *pool)
{
	const char *slash = strrchr(told, '/'), *domain;
	char *end;
	long instance;

	must(slash != NULL);
	domain = pool_strndup(pool, told, (size_t)(slash - told));
	must(strcmp(address_domain(domain, strlen(domain), pool), domain) == 0);
	must(strspn(slash + 1, "0123456789") == strlen(slash + 1) && slash[1] != '0');
	instance = strtol(slash + 1, &end, 10);
	must(instance >= 1 && instance <= 50);
	return (int)instance;
}

static const char *
told_alone(const char *value, struct pool *pool)
{
	struct header_list *list = header_list_new(
	    pool, (struct header_limits){ 1 << 20, 1000 }, "mx.example", NULL);

	header_list_add(list, "ARC-Seal", value);
	return arc_seal_last(list, pool);
}

/* Of the highest number: what all say that have it, or nothing. */
static const char *
expected(const char *const alone[], size_t count, struct pool *pool)
{
	const char *last = NULL;
	int highest = 0;

	for (size_t i = 0; i < count && i < ARC_SEAL_FIELDS_MAX; i++) {
		int instance = alone[i] != NULL ? check_told(alone[i], pool) : 0;

		if (instance > highest) {
			highest = instance;
			last = alone[i];
		} else if (instance == highest && !is_same(last, alone[i])) {
			last = NULL;
		}
	}
	return last;
}

/* Values end with a NUL. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct header_list *list = header_list_new(
	    pool, (struct header_limits){ 1 << 20, 1000 }, "mx.example", NULL);
	const char *alone[ALONE_MAX], *told;
	size_t at = 0, count = 0;

	while (at < size && count < ALONE_MAX) {
		char *value = mem_strndup((const char *)data + at, size - at);

		at += strlen(value) + 1;
		header_list_add(list, "ARC-Seal", value);
		alone[count++] = told_alone(value, pool);
		free(value);
	}
	told = arc_seal_last(list, pool);
	must(is_same(told, expected(alone, count, pool)));
	pool_free(pool);
	return 0;
}
