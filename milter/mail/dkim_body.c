#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "mail/dkim_body.h"

#define BLOCK 16
#define NEAR_BLOCKS 8

/* GCC and clang make vector instructions of it, or plain ones where there are none. */
typedef unsigned char block __attribute__((vector_size(BLOCK)));
typedef signed char block_mask __attribute__((vector_size(BLOCK)));

void
dkim_body_begin(struct dkim_body *b, enum dkim_canonicalization canon,
    dkim_body_sink *sink, void *cookie)
{
	*b = (struct dkim_body){ .canon = canon, .sink = sink, .cookie = cookie };
}

/* More lines follow: the line ends held back count. */
static void
release_blanks(struct dkim_body *b)
{
	static const char line_ends[] = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
					"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
	const size_t max = (sizeof line_ends - 1) / 2;

	while (b->blanks > 0) {
		size_t n = b->blanks < max ? b->blanks : max;

		b->sink(b->cookie, line_ends, 2 * n);
		b->blanks -= n;
	}
	b->content = true;
}

/* Hand on what needs no change, save the line ends at its end. */
static void
put(struct dkim_body *b, const char *start, const char *end)
{
	size_t blanks = 0;

	while (end - start >= 2 && end[-2] == '\r' && end[-1] == '\n') {
		end -= 2;
		blanks++;
	}
	if (end > start) {
		if (b->blanks > 0)
			release_blanks(b);
		b->content = true;
		b->sink(b->cookie, start, (size_t)(end - start));
	}
	b->blanks += blanks;
}

/*
 * Which octets of this block need a closer look: TABs, and spaces with white space or CR
 * behind them, the first octet behind the block included.  Other control characters
 * behind a space bring it here too; none is in ordinary text.
 */
static inline block_mask
odd_octets(const char *p)
{
	block here, next;

	memcpy(&here, p, BLOCK);
	memcpy(&next, p + 1, BLOCK);
	return (here == '\t') | ((here == ' ') & (next <= ' '));
}

/* The first octet of a block that is in ${odd}; BLOCK: none is. */
static inline size_t
first_of(block_mask odd)
{
	const bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	uint64_t half[2], second, found;

	memcpy(half, &odd, BLOCK);
	if ((half[0] | half[1]) == 0)
		return BLOCK;
	/* Without a branch: which half it is cannot be guessed. */
	second = half[0] == 0;
	found = half[0] | (half[1] & (0 - second));
	return (size_t)(second * BLOCK / 2) +
	       (size_t)(little ? __builtin_ctzll(found) : __builtin_clzll(found)) / 8;
}

/* Behind the blocks from ${p} on that are plain, four at once. */
static const char *
skip_plain(const char *p, const char *end)
{
	const ptrdiff_t step = (ptrdiff_t)BLOCK * 4;

	for (; end - p > step; p += step) {
		const char *half = p + step / 2;

		if (first_of(odd_octets(p) | odd_octets(p + BLOCK) | odd_octets(half) |
			     odd_octets(half + BLOCK)) < BLOCK)
			break;
	}
	return p;
}

/* The first white space that does not stay as it is, or may not; else ${end}. */
static const char *
find_odd_space(const struct dkim_body *b, const char *p, const char *end)
{
	for (int blocks = 0; !b->plain && end - p > BLOCK; blocks++) {
		size_t n = first_of(odd_octets(p));

		p += n;
		if (n < BLOCK)
			return p;
		/* In prose the next is near, and elsewhere there may be none. */
		if (blocks == NEAR_BLOCKS)
			p = skip_plain(p, end);
	}
	for (; p < end; p++) {
		if (*p == '\t' ||
		    (*p == ' ' && (p + 1 == end || ascii_is_wsp(p[1]) || p[1] == '\r')))
			return p;
	}
	return end;
}

static void
put_octet(struct dkim_body *b, char c)
{
	release_blanks(b);
	b->sink(b->cookie, &c, 1);
}

/* What was held back turned out to stand within a line. */
static void
release_held(struct dkim_body *b)
{
	if (b->space)
		put_octet(b, ' ');
	if (b->cr)
		put_octet(b, '\r');
	b->space = b->cr = false;
}

/* Go on behind white space, or behind CR, that is held back.  Returns where. */
static const char *
resume(struct dkim_body *b, const char *p, const char *end)
{
	if (!b->cr) {
		while (p < end && ascii_is_wsp(*p))
			p++;
		if (p < end && *p == '\r') {
			b->cr = true;
			p++;
		}
	}
	if (p == end)
		return p;
	if (b->cr && *p == '\n') {
		b->blanks++;
		b->space = b->cr = false;
		return p + 1;
	}
	release_held(b);
	return p;
}

static void
relax(struct dkim_body *b, const char *p, const char *end)
{
	while (p < end) {
		const char *odd = find_odd_space(b, p, end), *next = odd;

		while (next < end && ascii_is_wsp(*next))
			next++;
		if (next > odd && next < end && *next != '\r') {
			/* Within a line: one space, the one that is there if it can be.
			 */
			put(b, p, *odd == ' ' ? odd + 1 : odd);
			if (*odd != ' ')
				put_octet(b, ' ');
			p = next;
			continue;
		}
		put(b, p, odd);
		if (odd == end)
			return;
		b->space = true;
		p = resume(b, next, end);
	}
}

/* Is the CR at ${end} for resume() to meet, behind white space? */
static bool
follows_space(const struct dkim_body *b, const char *p, const char *end)
{
	return b->canon == DKIM_RELAXED && end - p > 1 && ascii_is_wsp(end[-2]);
}

void
dkim_body_piece(struct dkim_body *b, const char *data, size_t len)
{
	const char *p = data, *end = data + len;
	bool half = false; /* a line end, perhaps */

	if (len > 0 && (b->space || b->cr))
		p = resume(b, p, end);
	if (p == end)
		return;
	if (end[-1] == '\r' && !follows_space(b, p, end)) {
		half = true;
		end--;
	}
	if (b->canon == DKIM_SIMPLE)
		put(b, p, end);
	else
		relax(b, p, end);
	if (half) {
		release_held(b); /* a CR before this one: it ends no line */
		b->cr = true;
	}
}

void
dkim_body_end(struct dkim_body *b)
{
	if (b->cr)
		release_held(b);
	if (b->content || b->canon == DKIM_SIMPLE)
		b->sink(b->cookie, "\r\n", 2);
	b->blanks = 0;
}
