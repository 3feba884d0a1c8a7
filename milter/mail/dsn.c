#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/pool.h"
#include "mail/dsn.h"

#define FIELD_MAX 2000  /* octets that are looked at; ours are shorter */
#define BOUNDARY_MAX 70 /* RFC 2046 section 5.1.1 */
#define DIGITS_MAX 9
#define PARTS_MAX 100

struct span {
	const char *at;
	size_t len;
};

/* The next line of ${rest} without its end; false: there is none. */
static bool
next_line(struct span *rest, struct span *line)
{
	const char *end = memchr(rest->at, '\n', rest->len);

	if (rest->len == 0)
		return false;
	*line = *rest;
	if (end != NULL)
		line->len = (size_t)(end - rest->at);
	rest->at += line->len + (end != NULL);
	rest->len -= line->len + (end != NULL);
	if (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* A field of a header, unfolded. */
struct field {
	char text[FIELD_MAX + 1]; /* "name: value", what is not printable as a blank */
	size_t len;
};

static void
append(struct field *f, struct span line)
{
	for (size_t i = 0; i < line.len && f->len < FIELD_MAX; i++) {
		f->text[f->len] = line.at[i];
		if (line.at[i] < ' ' || line.at[i] > '~')
			f->text[f->len] = ' ';
		f->len++;
	}
	f->text[f->len] = '\0';
}

/* The next field of a header, or of a group; false: an empty line, or the end. */
static bool
next_field(struct span *rest, struct field *field)
{
	struct span line;

	field->len = 0;
	if (!next_line(rest, &line) || line.len == 0)
		return false;
	append(field, line);
	while (rest->len > 0 && ascii_is_wsp(*rest->at)) {
		next_line(rest, &line);
		append(field, line);
	}
	return true;
}

/* Its value, if that is its name. */
static const char *
value_of(const struct field *field, const char *name)
{
	size_t len = strlen(name);
	const char *value = field->text + len;

	if (field->len <= len || strncasecmp(field->text, name, len) != 0 ||
	    *value != ':')
		return NULL;
	value++;
	return value + strspn(value, " \t");
}

static bool
is_type(const char *value, const char *type)
{
	size_t len = strlen(type);

	return strncasecmp(value, type, len) == 0 &&
	       (value[len] == '\0' || strchr("; \t(", value[len]) != NULL);
}

/* RFC 2045 section 5.1: the parameter ${name} ("boundary="), in ${out}; "": none. */
static void
read_parameter(const char *value, const char *name, char out[BOUNDARY_MAX + 1])
{
	const char *at = strcasestr(value, name);
	size_t len = 0, max;

	*out = '\0';
	if (at == NULL)
		return;
	at += strlen(name);
	if (*at == '"') {
		at++;
		max = strcspn(at, "\"");
	} else {
		max = strcspn(at, "; \t");
	}
	for (; len < max && len < BOUNDARY_MAX; len++)
		out[len] = at[len];
	out[len] = '\0';
}

/* Does the header at the begin of ${rest} announce a notification?  Its boundary. */
static bool
read_header(struct span *rest, char boundary[BOUNDARY_MAX + 1])
{
	struct field field;
	char kind[BOUNDARY_MAX + 1];
	bool found = false;

	while (next_field(rest, &field)) {
		const char *value = value_of(&field, "Content-Type");

		if (value == NULL || !is_type(value, "multipart/report"))
			continue;
		read_parameter(value, "boundary=", boundary);
		read_parameter(value, "report-type=", kind);
		found = *boundary != '\0' && strcasecmp(kind, "delivery-status") == 0;
	}
	return found;
}

static bool
is_delimiter(struct span line, const char *boundary)
{
	size_t len = strlen(boundary);

	return line.len >= len + 2 && memcmp(line.at, "--", 2) == 0 &&
	       memcmp(line.at + 2, boundary, len) == 0;
}

/* What stands before the next delimiter, or all; ${rest} moves behind that. */
static struct span
take_part(struct span *rest, const char *boundary)
{
	struct span part = { rest->at, 0 }, line;

	while (next_line(rest, &line)) {
		if (is_delimiter(line, boundary))
			return part;
		part.len = (size_t)(rest->at - part.at);
	}
	return part;
}

/* 32 hex digits at ${text} into ${id}. */
static bool
read_id(const char *text, char id[DSN_ID_SIZE])
{
	if (strspn(text, "0123456789abcdef") != DSN_ID_SIZE - 1)
		return false;
	memcpy(id, text, DSN_ID_SIZE - 1);
	id[DSN_ID_SIZE - 1] = '\0';
	return true;
}

/* "<ID.N@...>" */
static void
take_message_id(struct dsn *dsn, const char *value)
{
	char id[DSN_ID_SIZE];
	const char *p;
	int64_t n = 0;

	if (*value != '<' || !read_id(value + 1, id) || value[DSN_ID_SIZE] != '.')
		return;
	p = value + DSN_ID_SIZE + 1;
	for (int i = 0; i < DIGITS_MAX && ascii_is_digit(*p); i++, p++)
		n = n * 10 + (*p - '0');
	if (*p != '@')
		return;
	memcpy(dsn->report_id, id, sizeof id);
	dsn->n = n;
}

/* RFC 9990 section 3.5.2: "... Report-ID: <ID>" */
static void
take_subject(struct dsn *dsn, const char *value)
{
	static const char label[] = "Report-ID:";
	const char *at = strcasestr(value, label);

	if (at == NULL || dsn->n > 0)
		return;
	at += sizeof label - 1;
	at += strspn(at, " \t<");
	read_id(at, dsn->report_id);
}

/* The header of the message that came back. */
static void
read_returned(struct span part, struct dsn *dsn)
{
	struct field field;
	const char *value;

	while (next_field(&part, &field)) {
		if ((value = value_of(&field, "Message-ID")) != NULL)
			take_message_id(dsn, value);
		else if ((value = value_of(&field, "Subject")) != NULL)
			take_subject(dsn, value);
	}
}

/* "rfc822; address" */
static const char *
recipient_in(const char *value, struct pool *pool)
{
	const char *at = strchr(value, ';');

	at = at != NULL ? at + 1 : value;
	at += strspn(at, " \t<");
	return pool_strndup(pool, at, strcspn(at, " \t>"));
}

/* RFC 3463 section 2: "5.x.x" */
static const char *
permanent_status(const char *value, struct pool *pool)
{
	size_t len = strspn(value, "0123456789.");

	return len >= 5 && len <= DIGITS_MAX && strncmp(value, "5.", 2) == 0
		   ? pool_strndup(pool, value, len)
		   : NULL;
}

/* One recipient; true: the failure is for good. */
static bool
read_group(struct span *rest, struct dsn *dsn, struct pool *pool)
{
	const char *final = "", *original = NULL, *status = NULL, *value;
	bool failed = false;
	struct field field;

	while (next_field(rest, &field)) {
		if ((value = value_of(&field, "Action")) != NULL)
			failed = is_type(value, "failed");
		else if ((value = value_of(&field, "Status")) != NULL)
			status = permanent_status(value, pool);
		else if ((value = value_of(&field, "Final-Recipient")) != NULL)
			final = recipient_in(value, pool);
		else if ((value = value_of(&field, "Original-Recipient")) != NULL)
			original = recipient_in(value, pool);
	}
	if (!failed || status == NULL)
		return false;
	dsn->status = status;
	dsn->recipient = original != NULL ? original : final;
	return true;
}

static bool
read_status(struct span part, struct dsn *dsn, struct pool *pool)
{
	while (part.len > 0) {
		if (read_group(&part, dsn, pool))
			return true;
	}
	return false;
}

/* Also of mail with addresses in UTF-8 (RFC 6533). */
static bool
is_any(const char *type, const char *const *types)
{
	while (*types != NULL && !is_type(type, *types))
		types++;
	return *types != NULL;
}

static void
read_part(struct span part, struct dsn *dsn, bool *failed, struct pool *pool)
{
	static const char *const statuses[] = { "message/delivery-status",
		"message/global-delivery-status", NULL };
	static const char *const returns[] = { "message/rfc822", "text/rfc822-headers",
		"message/global", "message/global-headers", NULL };
	struct field field;
	bool is_status = false, is_returned = false;

	while (next_field(&part, &field)) {
		const char *type = value_of(&field, "Content-Type");

		is_status |= type != NULL && is_any(type, statuses);
		is_returned |= type != NULL && is_any(type, returns);
	}
	if (is_status)
		*failed |= read_status(part, dsn, pool);
	else if (is_returned)
		read_returned(part, dsn);
}

bool
dsn_read(const char *text, size_t len, struct pool *pool, struct dsn *dsn)
{
	struct span rest = { text, len };
	char boundary[BOUNDARY_MAX + 1];
	bool failed = false;

	*dsn = (struct dsn){ .recipient = "", .status = "" };
	if (!read_header(&rest, boundary))
		return false;
	take_part(&rest, boundary); /* for readers that know no MIME */
	for (int i = 0; i < PARTS_MAX && rest.len > 0; i++)
		read_part(take_part(&rest, boundary), dsn, &failed, pool);
	return failed && *dsn->report_id != '\0';
}
