#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ctl/ulabel.h"
#include "mail/address.h"

enum script { LATIN, GREEK, CYRILLIC, HEBREW, ARABIC, HAN, HIRAGANA, KATAKANA, HANGUL };

/* Lower case letters, as names have them; of each script what names are made of today.
 * No marks that join a letter, and of Latin no clicks, which look like "|" and "!". */
static const struct {
	enum script script;
	uint32_t first, last;
} letters[] = {
	{ LATIN, 'a', 'z' },
	{ LATIN, 0xdf, 0xf6 },
	{ LATIN, 0xf8, 0xff },
	{ LATIN, 0x100, 0x17f },
	{ LATIN, 0x218, 0x21b },
	{ LATIN, 0x1e00, 0x1eff },
	{ GREEK, 0x3ac, 0x3ce },
	{ CYRILLIC, 0x430, 0x45f },
	{ CYRILLIC, 0x48a, 0x52f },
	{ HEBREW, 0x5d0, 0x5ea },
	{ ARABIC, 0x620, 0x63f },
	{ ARABIC, 0x641, 0x64a },
	{ HIRAGANA, 0x3041, 0x3096 },
	{ KATAKANA, 0x30a1, 0x30fa },
	{ HAN, 0x3400, 0x4dbf },
	{ HAN, 0x4e00, 0x9fff },
	{ HANGUL, 0xac00, 0xd7a3 },
};

static bool
is_neutral(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* -1: no letter of ours. */
static int
script_of(uint32_t code)
{
	for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
		if (code >= letters[i].first && code <= letters[i].last)
			return (int)letters[i].script;
	}
	return -1;
}

/* Of what mail/address.c says is UTF-8: the number of the character at *p, behind which
 * *p is then. */
static uint32_t
next_code(const char **p)
{
	const unsigned char *u = (const unsigned char *)*p;
	size_t more = u[0] >= 0xf0 ? 3 : u[0] >= 0xe0 ? 2 : u[0] >= 0xc0 ? 1 : 0;
	uint32_t code = more == 0 ? u[0] : u[0] & (0x3fU >> more);

	for (size_t i = 1; i <= more && u[i] != '\0'; i++)
		code = code << 6 | (u[i] & 0x3f);
	*p += 1 + more;
	return code;
}

static bool
is_of_one_script(const char *name)
{
	int script = -1;

	while (*name != '\0') {
		int found;

		if (is_neutral(*name)) {
			name++;
			continue;
		}
		found = script_of(next_code(&name));
		if (found == -1 || (script != -1 && found != script))
			return false;
		script = found;
	}
	return true;
}

const char *
ulabel_of(const char *domain, struct pool *pool)
{
	const char *name;

	if (strstr(domain, "xn--") == NULL)
		return NULL;
	name = address_letters(domain, pool);
	return name != NULL && is_of_one_script(name) ? name : NULL;
}
