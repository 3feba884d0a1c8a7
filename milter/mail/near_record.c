#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/pool.h"
#include "mail/near_record.h"

#define LOOKED_AT 2048 /* octets: a record begins at its beginning */
#define QUOTED_MAX 80
#define TAG_LETTERS 5 /* adkim; names of fields such as action are longer */

static bool
has(const char *text, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	if (len > LOOKED_AT)
		len = LOOKED_AT;
	for (size_t i = 0; i + word_len <= len; i++) {
		if (strncasecmp(text + i, word, word_len) == 0)
			return true;
	}
	return false;
}

bool
near_record_is_dmarc(const char *text, size_t len)
{
	return has(text, len, "dmarc") || has(text, len, "p=reject") ||
	       has(text, len, "p=quarantine") || has(text, len, "p=none");
}

bool
near_record_is_spf(const char *text, size_t len)
{
	return has(text, len, "v=spf") || has(text, len, "spf1");
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char *
near_record_quote(const char *text, size_t len, struct pool *pool)
{
	char quoted[4 * QUOTED_MAX + 4];
	size_t letters = 0, i;
	struct buf b;

	buf_init(&b, quoted, sizeof quoted);
	for (i = 0; i < len && i < QUOTED_MAX; i++) {
		char c = text[i];

		if (c < ' ' || c > '~' || (c == '=' && letters > TAG_LETTERS))
			buf_printf(&b, "\\x%02x", (unsigned)(unsigned char)c);
		else
			buf_putc(&b, c);
		letters = is_letter(c) ? letters + 1 : 0;
	}
	if (i < len)
		buf_puts(&b, "...");
	return pool_strdup(pool, quoted);
}
