#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/pool.h"
#include "mail/near_record.h"

#define LOOKED_AT 2048 /* octets: a record begins at its beginning */
#define QUOTED_MAX 80

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

bool
near_record_is_tag(const char *text, size_t end)
{
	static const char *const tags[] = { "v", "p", "sp", "np", "t", "psd", "pct",
		"adkim", "aspf", "fo", "rua", "ruf", "rf", "ri", "exp", "redirect" };
	size_t begin = end;

	while (begin > 0 && ascii_is_alpha(text[begin - 1]))
		begin--;
	if (begin > 0 && strchr("_-", text[begin - 1]) != NULL)
		return false;
	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		if (strlen(tags[i]) == end - begin &&
		    strncasecmp(text + begin, tags[i], end - begin) == 0)
			return true;
	}
	return false;
}

const char *
near_record_quote(const char *text, size_t len, struct pool *pool)
{
	char quoted[4 * QUOTED_MAX + 4];
	bool begun = false;
	struct buf b;
	size_t i;

	buf_init(&b, quoted, sizeof quoted);
	for (i = 0; i < len && i < QUOTED_MAX; i++) {
		char c = text[i];

		begun = begun || c != ' '; /* else one in front is not to be seen */
		if (c < ' ' || c > '~' || !begun ||
		    (c == '=' && !near_record_is_tag(text, i)))
			buf_printf(&b, "\\x%02x", (unsigned)(unsigned char)c);
		else
			buf_putc(&b, c);
	}
	if (i < len)
		buf_puts(&b, "...");
	return pool_strdup(pool, quoted);
}
