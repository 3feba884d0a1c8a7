#ifndef HELLO_FEED_H
#define HELLO_FEED_H

#include "ctl/audit/hello_reader.h"

/* What a server sent, ${piece} octets at a time; what the reader came to. */
static inline enum hello_state
hello_feed(struct hello_reader *r, const uint8_t *octets, size_t len, size_t piece)
{
	enum hello_state state = HELLO_MORE;

	while (len > 0) {
		size_t n = len < piece ? len : piece;

		state = hello_reader_take(r, octets, n);
		octets += n;
		len -= n;
	}
	return state;
}

#endif
