#include <string.h>

#include "base/json_text.h"
#include "base/utf8.h"

/* RFC 8259 section 7: what may not stand in a string as it is. */
static void
put_escaped_octet(struct text *out, unsigned char c)
{
	static const char plain[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *p = plain; *p != '\0'; p += 2) {
		if ((unsigned char)*p == c) {
			text_putc(out, '\\');
			text_putc(out, p[1]);
			return;
		}
	}
	text_printf(out, "\\u%04x", c);
}

static void
put_string(struct text *out, const char *s)
{
	bool is_utf8 = utf8_is_valid(s, strlen(s));

	text_putc(out, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x80 && !is_utf8)
			text_printf(out, "\\\\x%02X", c);
		else if (c < ' ' || c == '"' || c == '\\' || c == 0x7f)
			put_escaped_octet(out, c);
		else
			text_putc(out, (char)c);
	}
	text_putc(out, '"');
}

/* The comma behind what stands before, and the key. */
static void
begin_value(struct json_text *j, const char *key)
{
	if (j->begun)
		text_putc(j->out, ',');
	j->begun = true;
	if (key == NULL)
		return;
	put_string(j->out, key);
	text_putc(j->out, ':');
}

static void
open_with(struct json_text *j, const char *key, char bracket)
{
	begin_value(j, key);
	text_putc(j->out, bracket);
	j->begun = false;
}

static void
close_with(struct json_text *j, char bracket)
{
	text_putc(j->out, bracket);
	j->begun = true;
}

void
json_text_object(struct json_text *j, const char *key)
{
	open_with(j, key, '{');
}

void
json_text_object_end(struct json_text *j)
{
	close_with(j, '}');
}

void
json_text_array(struct json_text *j, const char *key)
{
	open_with(j, key, '[');
}

void
json_text_array_end(struct json_text *j)
{
	close_with(j, ']');
}

void
json_text_string(struct json_text *j, const char *key, const char *s)
{
	if (s == NULL) {
		json_text_null(j, key);
		return;
	}
	begin_value(j, key);
	put_string(j->out, s);
}

void
json_text_number(struct json_text *j, const char *key, int64_t n)
{
	begin_value(j, key);
	text_printf(j->out, "%lld", (long long)n);
}

void
json_text_ms(struct json_text *j, const char *key, double ms)
{
	begin_value(j, key);
	text_printf(j->out, "%.3f", ms);
}

void
json_text_bool(struct json_text *j, const char *key, bool yes)
{
	begin_value(j, key);
	text_puts(j->out, yes ? "true" : "false");
}

void
json_text_null(struct json_text *j, const char *key)
{
	begin_value(j, key);
	text_puts(j->out, "null");
}

void
json_text_raw(struct json_text *j, const char *key, const char *json)
{
	begin_value(j, key);
	text_puts(j->out, json);
}
