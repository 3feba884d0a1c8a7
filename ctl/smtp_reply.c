#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "ctl/smtp_reply.h"

#define CODE_OCTETS 3

/* RFC 5321 section 4.2: Reply-code [ SP textstring ], "-" for SP where more follows. */
static bool
is_fit(size_t place, char c)
{
	if (c == '\0')
		return false;
	if (place == 0)
		return c >= '2' && c <= '5';
	if (place < CODE_OCTETS)
		return ascii_is_digit(c);
	return place > CODE_OCTETS || c == ' ' || c == '-' || c == '\r';
}

static int
code_of(const char *line)
{
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

/* The line under way is whole. */
static enum smtp_reply_reading
end_line(struct smtp_reply *r)
{
	struct text *t = &r->text;
	const char *line;
	int code;

	/* Who ends lines with LF alone is understood, as every client does. */
	if (t->len > r->begin && t->data[t->len - 1] == '\r')
		t->data[--t->len] = '\0';
	if (t->len < r->begin + CODE_OCTETS)
		return SMTP_REPLY_FOREIGN;
	line = t->data + r->begin;
	code = code_of(line);
	/* RFC 5321 section 4.2.1: each line has the same code. */
	if (r->lines++ > 0 && code != r->code)
		return SMTP_REPLY_FOREIGN;
	r->code = code;
	if (line[CODE_OCTETS] == '\r')
		return SMTP_REPLY_FOREIGN;
	if (line[CODE_OCTETS] != '-')
		return SMTP_REPLY_WHOLE;
	if (r->lines == SMTP_REPLY_LINES)
		return SMTP_REPLY_FOREIGN;
	text_putc(t, '\n');
	r->begin = t->len;
	return SMTP_REPLY_PART;
}

static enum smtp_reply_reading
take_octet(struct smtp_reply *r, char c)
{
	size_t place = r->text.len - r->begin;

	if (place + 1 > SMTP_REPLY_LINE_OCTETS)
		return SMTP_REPLY_FOREIGN;
	if (c == '\n')
		return end_line(r);
	if (!is_fit(place, c))
		return SMTP_REPLY_FOREIGN;
	text_putc(&r->text, c);
	return SMTP_REPLY_PART;
}

enum smtp_reply_reading
smtp_reply_take(struct smtp_reply *reply, const char *octets, size_t len, size_t *used)
{
	enum smtp_reply_reading reading = SMTP_REPLY_PART;

	for (*used = 0; *used < len && reading == SMTP_REPLY_PART;)
		reading = take_octet(reply, octets[(*used)++]);
	return reading;
}

bool
smtp_reply_offers(const struct smtp_reply *reply, const char *keyword)
{
	const size_t len = strlen(keyword);
	const char *line = reply->text.data;

	/* The first line greets. */
	if (line == NULL)
		return false;
	while ((line = strchr(line, '\n')) != NULL) {
		const char *word;

		line++;
		word = line + CODE_OCTETS;
		if (*word != '\0' && strncasecmp(word + 1, keyword, len) == 0 &&
		    strchr(" =\r\n", word[1 + len]) != NULL)
			return true;
	}
	return false;
}

void
smtp_reply_reset(struct smtp_reply *reply)
{
	struct text text = reply->text;

	text.len = 0;
	*reply = (struct smtp_reply){ .text = text };
	if (text.data != NULL)
		text.data[0] = '\0';
}

void
smtp_reply_free(struct smtp_reply *reply)
{
	text_free(&reply->text);
	*reply = (struct smtp_reply){ 0 };
}
