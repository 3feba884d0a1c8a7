#include <string.h>

#include "base/ascii.h"
#include "dns/dname.h"

#define LABEL_MAX 63
#define WIRE_MAX 255 /* RFC 1035 section 2.3.4: length octets and the root included */

/* Writes one octet of a label, 1 or 4 characters; returns where the next one goes. */
static char *
put_octet(char *out, uint8_t octet)
{
	if (octet >= 'A' && octet <= 'Z')
		octet = (uint8_t)(octet - 'A' + 'a');
	if ((octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') ||
	    octet == '-' || octet == '_') {
		*out++ = (char)octet;
		return out;
	}
	*out++ = '\\';
	*out++ = (char)('0' + octet / 100);
	*out++ = (char)('0' + octet / 10 % 10);
	*out++ = (char)('0' + octet % 10);
	return out;
}

/* Reads one octet, plain or \DDD.  Returns the characters read; 0: a bad escape. */
static size_t
read_octet(const char *text, uint8_t *octet)
{
	int value;

	if (text[0] != '\\') {
		*octet = (uint8_t)text[0];
		return 1;
	}
	if (!ascii_is_digit(text[1]) || !ascii_is_digit(text[2]) ||
	    !ascii_is_digit(text[3]))
		return 0;
	value = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
	if (value > 255)
		return 0;
	*octet = (uint8_t)value;
	return 4;
}

/* Reads one label, of at most ${max} octets, up to a dot or the end.  0: no good label.
 */
static size_t
read_label(const char **text, size_t max, char **out)
{
	size_t len = 0, used;
	uint8_t octet;

	while (**text != '.' && **text != '\0') {
		used = read_octet(*text, &octet);
		if (used == 0 || ++len > max)
			return 0;
		*out = put_octet(*out, octet);
		*text += used;
	}
	return len;
}

bool
dname_normal(const char *text, char normal[DNAME_TEXT_SIZE])
{
	size_t left = WIRE_MAX - 1, len; /* the root takes one */
	char *out = normal;

	if (strcmp(text, ".") == 0) {
		memcpy(normal, ".", 2);
		return true;
	}
	for (;;) {
		if (left < 2)
			return false;
		len =
		    read_label(&text, left - 1 < LABEL_MAX ? left - 1 : LABEL_MAX, &out);
		if (len == 0)
			return false;
		left -= len + 1;
		if (text[0] == '\0' || text[1] == '\0')
			break;
		*out++ = *text++; /* the dot */
	}
	*out = '\0';
	return true;
}

size_t
dname_from_wire(const uint8_t *wire, size_t len, char normal[DNAME_TEXT_SIZE])
{
	size_t at = 0;
	char *out = normal;

	if (len > WIRE_MAX)
		len = WIRE_MAX;
	while (at < len && wire[at] != 0) {
		size_t label = wire[at++];

		/* Over 63 is a compression pointer: its message is not here. */
		if (label > LABEL_MAX || label > len - at)
			return 0;
		if (out != normal)
			*out++ = '.';
		for (; label > 0; label--)
			out = put_octet(out, wire[at++]);
	}
	if (at == len)
		return 0;
	if (out == normal)
		*out++ = '.';
	*out = '\0';
	return at + 1;
}

const char *
dname_domain(const char *normal)
{
	const char *p = normal + strlen(normal);

	for (int dots = 0; p > normal; p--) {
		if (p[-1] == '.' && ++dots == 2)
			break;
	}
	return p;
}

bool
dname_is_within(const char *normal, const char *domain)
{
	size_t len = strlen(normal), end = strlen(domain);

	return len >= end && strcmp(normal + len - end, domain) == 0 &&
	       (len == end || normal[len - end - 1] == '.');
}
