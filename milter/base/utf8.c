#include <string.h>

#include "base/utf8.h"

size_t
utf8_length(const unsigned char *p)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (*p < 0x80)
		return 1;
	if (*p < 0xc2 || *p > 0xf4)
		return 0;
	if (*p < 0xe0)
		len = 2;
	else if (*p < 0xf0)
		len = 3;
	else
		len = 4;
	if (*p == 0xe0)
		low = 0xa0;
	else if (*p == 0xed)
		high = 0x9f;
	else if (*p == 0xf0)
		low = 0x90;
	else if (*p == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

bool
utf8_is_valid(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + len;

	while (p < end) {
		size_t one = *p == '\0' ? 0 : utf8_length(p);

		if (one == 0)
			return false;
		p += one;
	}
	return true;
}

bool
utf8_is_printable(const char *s)
{
	if (!utf8_is_valid(s, strlen(s)))
		return false;
	for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++) {
		/* C1 controls are 0xc2 0x80 to 0x9f */
		if (*p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
			return false;
	}
	return true;
}
