#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "mail/address.h"
#include "mail/authres_id.h"
#include "mail/encoded_word.h"
#include "mail/evidence.h"
#include "mail/from_guard.h"
#include "mail/from_shape.h"
#include "mail/header.h"
#include "mail/lexeme.h"
#include "mail/mailbox.h"

struct header_list *
header_list_new(struct pool *pool, struct header_limits limits, const char *authserv_id,
    const struct wordlist *trusted)
{
	struct header_list *list = pool_alloc(pool, sizeof *list);

	list->limits = limits;
	list->authserv_id = NULL;
	/* As an A-label, or each id would have to be converted to be compared. */
	if (!lexeme_is_ascii(authserv_id, strlen(authserv_id)))
		list->authserv_id =
		    address_domain(authserv_id, strlen(authserv_id), pool);
	if (list->authserv_id == NULL)
		list->authserv_id = pool_strdup(pool, authserv_id);
	list->trusted = trusted;
	list->pool = pool;
	return list;
}

/* Without the white space that obsolete syntax allows before the colon. */
static size_t
name_length(const char *name)
{
	size_t len = strlen(name);

	while (len > 0 && lexeme_is_white(name[len - 1]))
		len--;
	return len;
}

/*
 * Blanks alone go from a name (RFC 5322 section 4.5).  For an MTA one that ends in a
 * control character is another name: counted with the results, it would shift the
 * numbers by which forged ones are taken away.
 */
static bool
is_blank(const char *p)
{
	return p[strspn(p, " \t")] == '\0';
}

static bool
is_named(const char *name, size_t len, const char *wanted)
{
	return len == strlen(wanted) && strncasecmp(name, wanted, len) == 0;
}

bool
header_field_is(const struct header_field *field, const char *name)
{
	return is_named(field->name, name_length(field->name), name);
}

static struct header_field *
keep(struct header_list *list, const char *name, const char *value)
{
	const size_t name_size = strlen(name), value_size = strlen(value);
	const size_t room = list->limits.bytes - list->bytes;
	struct header_field *field;

	/* From the first that does not fit: what is kept is the top of the header. */
	if (list->overflow || list->count >= list->limits.fields || name_size > room ||
	    value_size > room - name_size) {
		list->overflow = true;
		return NULL;
	}
	/* Powers of two; the old arrays stay in the pool and are no more than the new. */
	if ((list->count & (list->count - 1)) == 0) {
		struct header_field *fields =
		    pool_alloc(list->pool, (list->count * 2 + 1) * sizeof *fields);

		if (list->count > 0)
			memcpy(fields, list->fields, list->count * sizeof *fields);
		list->fields = fields;
	}
	field = &list->fields[list->count++];
	field->name = pool_strndup(list->pool, name, name_size);
	field->value = pool_strndup(list->pool, value, value_size);
	list->bytes += name_size + value_size;
	return field;
}

/* A line that an MTA breaks behind us may begin with any id then. */
static void
note_authres(struct header_list *list, const char *name, const char *value)
{
	bool unread = list->authres_count++ >= HEADER_COMPARED_MAX &&
		      !lexeme_is_ascii(value, strlen(value));

	if (!unread && !from_guard_is_long(name, value) &&
	    !authres_id_claims(value, list->authserv_id, list->trusted))
		return;
	if (list->forged_count == HEADER_FORGED_MAX) {
		list->flood = true;
		return;
	}
	if (list->forged == NULL)
		list->forged =
		    pool_alloc(list->pool, HEADER_FORGED_MAX * sizeof *list->forged);
	list->forged[list->forged_count++] = (int)list->authres_count;
}

/* The first of a name that matters, copied where the list did not keep it. */
static void
note_first(struct header_list *list, const char **first, const char *value,
    const struct header_field *kept)
{
	if (*first != NULL)
		return;
	*first = kept != NULL ? kept->value : pool_strdup(list->pool, value);
}

bool
header_list_add(struct header_list *list, const char *name, const char *value)
{
	const struct header_field *kept = keep(list, name, value);
	const size_t len = name_length(name);

	if (is_named(name, len, "From")) {
		list->from_count++;
		note_first(list, &list->from, value, kept);
		if (list->from_name == NULL)
			list->from_name = pool_strdup(list->pool, name);
	} else if (is_named(name, len, "List-Id")) {
		note_first(list, &list->list_id, value, kept);
	} else if (is_named(name, len, "List-Post")) {
		note_first(list, &list->list_post, value, kept);
	} else if (is_named(name, len, "Authentication-Results") &&
		   is_blank(name + len)) {
		note_authres(list, name, value);
	}
	return kept != NULL;
}

static struct from_evidence
bad_from(enum from_status status, const char *reason)
{
	return (struct from_evidence){ .status = status, .domain = "", .reason = reason };
}

/* What the strict reading does not take: is it of the shape that all read alike? */
static void
read_again(const struct header_list *list, struct from_evidence *from, struct pool *pool)
{
	const char *domain = from_shape_domain(list->from, list->postfix, pool);

	if (domain != NULL) {
		from->status = FROM_MALFORMED_ONE_DOMAIN;
		from->domain = domain;
	}
	from->wants_quotes = from_shape_wants_quotes(list->from, pool);
}

struct from_evidence
header_author(const struct header_list *list, struct pool *pool)
{
	struct from_evidence from;
	const char *fault;

	if (list->flood)
		return bad_from(FROM_HEADER_FLOOD, "too many forged results");
	if (list->from_count == 0)
		return bad_from(FROM_MISSING, "no From field");
	if (list->from_count > 1)
		return bad_from(FROM_REPEATED, "several From fields");
	from = header_from_domain(list->from, pool);
	if (from.status == FROM_SEVERAL_DOMAINS)
		return from;
	fault = from_guard(list->from_name, list->from, list->postfix);
	if (fault != NULL) {
		from = bad_from(FROM_MALFORMED, fault);
		from.guarded = true;
	} else if (from.status == FROM_MALFORMED) {
		read_again(list, &from, pool);
	}
	return from;
}

/* Is it written as the one before it?  Then nothing new is to be learned. */
static bool
is_same_text(const struct mailbox *a, const struct mailbox *b)
{
	return a->domain_len == b->domain_len &&
	       memcmp(a->domain, b->domain, a->domain_len) == 0;
}

struct from_evidence
header_from_domain(const char *value, struct pool *pool)
{
	const char *fault = lexeme_fault(value), *domain = NULL;
	struct mailbox mailbox, previous = { 0 };
	struct mailbox_reader reader;

	if (fault != NULL)
		return bad_from(FROM_MALFORMED, fault);
	mailbox_begin(&reader, value);
	while (mailbox_next(&reader, &mailbox)) {
		const char *next = domain;

		if (domain == NULL || !is_same_text(&mailbox, &previous))
			next = address_domain(mailbox.domain, mailbox.domain_len, pool);
		if (next == NULL)
			return bad_from(FROM_MALFORMED, "not a domain name");
		if (domain != NULL && strcmp(domain, next) != 0)
			return bad_from(FROM_SEVERAL_DOMAINS, "several domains in From");
		domain = next;
		previous = mailbox;
	}
	if (reader.fault != NULL)
		return bad_from(FROM_MALFORMED, reader.fault);
	if (domain == NULL)
		return bad_from(FROM_MALFORMED, "no address");
	if (encoded_word_hides_address(value, pool))
		return bad_from(FROM_MALFORMED, "an address in an encoded-word");
	return (struct from_evidence){ .status = FROM_OK, .domain = domain };
}

/* The next "<...>" outside quotes and comments: its inside, and where it ends. */
static const char *
next_angle(const char *p, const char **end)
{
	while (p != NULL && *p != '\0' && *p != '<') {
		if (*p == '(')
			p = lexeme_skip_comment(p);
		else if (*p == '"')
			p = lexeme_skip_quoted(p);
		else
			p++;
	}
	if (p == NULL || *p == '\0')
		return NULL;
	*end = strchr(p, '>');
	return *end != NULL ? p + 1 : NULL;
}

static const char *
uri_domain(const char *uri, size_t len, struct pool *pool)
{
	const char *at = memchr(uri, '@', len), *end = memchr(uri, '?', len);

	if (end == NULL)
		end = uri + len;
	if (at == NULL || at > end)
		return NULL;
	return address_domain(at + 1, (size_t)(end - at - 1), pool);
}

const char *
header_list_post(const char *value, struct pool *pool)
{
	const char *inside, *end;

	for (inside = next_angle(value, &end); inside != NULL;
	     inside = next_angle(end + 1, &end)) {
		size_t len = (size_t)(end - inside);

		if (strncasecmp(inside, "mailto:", 7) == 0)
			return uri_domain(inside + 7, len - 7, pool);
		/* Of a List-Post: another way to post, such as a web page. */
		if (memchr(inside, ':', len) == NULL)
			return address_domain(inside, len, pool);
	}
	return NULL;
}

/* The end of the word at ${p}, or NULL: it is no plain text with a last word. */
static const char *
skip_word(const char *p)
{
	while (p != NULL && *p != '\0' && *p != '(' && !lexeme_is_white(*p)) {
		/* An id that one reader may find in them is not looked for elsewhere. */
		if (*p == '<' || *p == '>')
			return NULL;
		p = *p == '"' ? lexeme_skip_quoted(p) : p + 1;
	}
	return p;
}

/* The last word outside comments; one with quotes is no domain and stays the last. */
static const char *
last_word_domain(const char *value, struct pool *pool)
{
	const char *word = value, *end = value, *p = lexeme_skip_cfws(value);

	while (p != NULL && *p != '\0') {
		word = p;
		end = skip_word(p);
		p = end != NULL ? lexeme_skip_cfws(end) : NULL;
	}
	return p != NULL ? address_domain(word, (size_t)(end - word), pool) : NULL;
}

const char *
header_list_id(const char *value, struct pool *pool)
{
	const char *end;

	if (next_angle(value, &end) != NULL)
		return header_list_post(value, pool);
	return last_word_domain(value, pool);
}
