#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/config.h"
#include "config/config_override.h"
#include "config/config_text.h"
#include "ctl/conf/override_line.h"

#define NAME "Override"
#define BLANKS " \t"
#define UTF8_MARK "\xef\xbb\xbf"
#define REFUSAL_OCTETS 512

/* In quotes, so that a blank or a # in it begins nothing. */
static void
put_word(struct text *t, const char *name, const char *word)
{
	if (word == NULL)
		return;
	text_printf(t, " \"%s", name);
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			text_putc(t, '\\');
		text_putc(t, *word);
	}
	text_putc(t, '"');
}

bool
override_line_read(
    struct config_override *o, const struct override_line *words, struct buf *why)
{
	struct text t = { 0 };
	bool ok;

	put_word(&t, "", words->domain);
	put_word(&t, "", words->action);
	put_word(&t, "until=", words->until);
	put_word(&t, "client=", words->client);
	/* An empty one says nothing. */
	if (words->reason != NULL && *words->reason != '\0')
		put_word(&t, "reason=", words->reason);
	ok = config_override_read(o, t.data != NULL ? t.data : "", why);
	text_free(&t);
	return ok;
}

char *
override_line_print(const struct config_override *o)
{
	char *line = NULL;
	size_t len;
	FILE *out = open_memstream(&line, &len);

	if (out == NULL)
		abort(); /* out of memory */
	fputs(NAME " ", out);
	config_override_print(o, out);
	fclose(out);
	return line;
}

bool
override_line_parse(const char *line, struct config_override *o)
{
	/* An editor's mark of UTF-8 may stand before the first line of a file. */
	size_t mark = strncmp(line, UTF8_MARK, strlen(UTF8_MARK)) == 0 ? 3 : 0;
	char *copy = mem_strdup(line + mark), *text = config_text_strip(copy);
	size_t len = strcspn(text, BLANKS);
	char storage[REFUSAL_OCTETS];
	struct buf why;
	bool ok = len == strlen(NAME) && strncasecmp(text, NAME, len) == 0;

	buf_init(&why, storage, sizeof storage);
	*o = (struct config_override){ 0 };
	if (ok) {
		text += len;
		text += strspn(text, BLANKS);
		/* An empty one is a list without entries. */
		ok = *text != '\0' && strcmp(text, "\"\"") != 0 &&
		     config_override_read(o, text, &why);
	}
	free(copy);
	return ok;
}
