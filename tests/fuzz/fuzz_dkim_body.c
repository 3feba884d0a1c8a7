/*
 * The first octet chooses the canonicalization, the second the sizes of the pieces;
 * the rest is a body.  Blocks, the plain path and the slow reference must agree.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/dkim_body.h"
#include "slow_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct collected {
	char *data;
	size_t len, max;
};

static void
collect(void *cookie, const char *data, size_t len)
{
	struct collected *c = cookie;

	if (len == 0 || c->len + len > c->max)
		abort();
	memcpy(c->data + c->len, data, len);
	c->len += len;
}

/* A copy of its own for each piece, so that a read past its end is seen. */
static void
feed(struct dkim_body *b, const char *data, size_t len)
{
	char *piece = malloc(len > 0 ? len : 1);

	memcpy(piece, data, len);
	dkim_body_piece(b, piece, len);
	free(piece);
}

static void
run(const char *body, size_t len, size_t step, bool relaxed, bool plain)
{
	struct collected c = { .data = malloc(len + 2), .max = len + 2 };
	struct dkim_body b;
	size_t want_len;
	char *want = slow_body(body, len, relaxed, &want_len);

	dkim_body_begin(&b, relaxed ? DKIM_RELAXED : DKIM_SIMPLE, collect, &c);
	b.plain = plain;
	for (size_t at = 0; at < len; at += step)
		feed(&b, body + at, len - at < step ? len - at : step);
	dkim_body_end(&b);
	if (c.len != want_len || memcmp(c.data, want, want_len) != 0)
		abort();
	free(want);
	free(c.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const char *body = (const char *)data + 2;
	size_t len = size - 2, step = data[1] % 40 + 1;

	run(body, len, step, data[0] & 1, false);
	run(body, len, step, data[0] & 1, true);
	run(body, len, len > 0 ? len : 1, data[0] & 1, false);
	return 0;
}
