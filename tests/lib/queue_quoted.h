#ifndef QUEUE_QUOTED_H
#define QUEUE_QUOTED_H

#include "base/text.h"

/* A string as Postfix's postqueue(1) -j has it: octets above 127 stay as they are. */
static inline void
queue_quoted(struct text *line, const char *octets, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)octets[i];

		if (c == '"' || c == '\\')
			text_printf(line, "\\%c", c);
		else if (c < ' ')
			text_printf(line, "\\u%04X", c);
		else
			text_putc(line, (char)c);
	}
}

#endif
