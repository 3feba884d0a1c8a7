#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "ctl/prove/prove_header.h"
#include "ctl/prove/prove_verdict.h"
#include "mail/authres_id.h"

#define RESULTS "Authentication-Results"
#define METHOD "dmarc="
#define DOMAIN "header.from="
#define SET_ASIDE "dis=quarantine"

/* One line of a text, without its end.  False: there is none. */
static bool
next_line(const char **text, size_t *left, const char **line, size_t *len)
{
	const char *end = memchr(*text, '\n', *left);
	size_t whole = end != NULL ? (size_t)(end - *text) + 1 : *left;

	if (whole == 0)
		return false;
	*line = *text;
	*len = end != NULL ? whole - 1 : whole;
	while (*len > 0 && (*line)[*len - 1] == '\r')
		--*len;
	*text += whole;
	*left -= whole;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/* Onto the end of ${value}, whose storage has room: words with single blanks. */
static void
put_words(char *value, size_t *used, const char *text, size_t len)
{
	bool gap = true;

	for (size_t i = 0; i < len; i++) {
		if (is_blank(text[i])) {
			gap = true;
			continue;
		}
		if (gap && *used > 0)
			value[(*used)++] = ' ';
		gap = false;
		value[(*used)++] = text[i];
	}
}

/* Where a field's name ends; 0: it is no field. */
static size_t
name_length(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[n] > ' ' && line[n] <= '~' && line[n] != ':')
		n++;
	return n < len && line[n] == ':' ? n : 0;
}

/* Values share one storage of the text's size: each is no longer than its field. */
struct prove_header
prove_header_read(const char *text, size_t len, struct pool *pool)
{
	struct prove_field *fields =
	    pool_alloc(pool, PROVE_HEADER_FIELDS_MAX * sizeof *fields);
	struct prove_header header = { .fields = fields };
	char *next = pool_alloc(pool, len + 1), *value = NULL;
	size_t used = 0, length;
	const char *line;

	while (next_line(&text, &len, &line, &length) && length > 0) {
		size_t name = name_length(line, length);

		if (value != NULL && (*line == ' ' || *line == '\t')) {
			put_words(value, &used, line, length);
			value[used] = '\0';
			next = value + used + 1;
			continue;
		}
		value = NULL;
		if (name == 0 || header.count == PROVE_HEADER_FIELDS_MAX)
			continue;
		value = next;
		used = 0;
		put_words(value, &used, line + name + 1, length - name - 1);
		value[used] = '\0';
		next = value + used + 1;
		fields[header.count++] =
		    (struct prove_field){ pool_strndup(pool, line, name), value };
	}
	return header;
}

static bool
is_same(const struct prove_field *a, const struct prove_field *b)
{
	return strcasecmp(a->name, b->name) == 0 && strcmp(a->value, b->value) == 0;
}

/* How often it stands in the first ${count} fields. */
static size_t
times(const struct prove_header *header, size_t count, const struct prove_field *field)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += is_same(&header->fields[i], field);
	return n;
}

struct prove_header
prove_header_beyond(
    const struct prove_header *all, const struct prove_header *known, struct pool *pool)
{
	struct prove_field *fields = pool_alloc(pool, (all->count + 1) * sizeof *fields);
	struct prove_header beyond = { .fields = fields };

	for (size_t i = 0; i < all->count; i++) {
		const struct prove_field *f = &all->fields[i];

		if (strcasecmp(f->name, "Received") != 0 &&
		    times(all, i, f) >= times(known, known->count, f))
			fields[beyond.count++] = *f;
	}
	return beyond;
}

static bool
is_results(const struct prove_field *f)
{
	return strcasecmp(f->name, RESULTS) == 0;
}

/* As we write them: DMARC first, and SPF as well. */
static bool
is_in_our_form(const struct prove_field *f)
{
	const char *first = strchr(f->value, ';');

	if (!is_results(f) || first == NULL)
		return false;
	first += 1 + strspn(first + 1, " ");
	return strncmp(first, METHOD, strlen(METHOD)) == 0 &&
	       strstr(first, "; spf=") != NULL;
}

/* Of a filter that runs by another AuthservID than the file's. */
static bool
is_about(const struct prove_field *f, const char *from)
{
	const char *at = strstr(f->value, DOMAIN);
	size_t len = strlen(from);

	if (at == NULL || *from == '\0')
		return false;
	at += strlen(DOMAIN);
	return strncasecmp(at, from, len) == 0 &&
	       (at[len] == '\0' || at[len] == ';' || at[len] == ' ');
}

static const char *
dmarc_of(const struct prove_field *f, struct pool *pool)
{
	const char *result = strstr(f->value, METHOD) + strlen(METHOD);

	return pool_strndup(pool, result, strspn(result, "abcdefghijklmnopqrstuvwxyz"));
}

/* A field that is neither results nor what an MTA adds. */
static bool
may_be_mark(const struct prove_field *f)
{
	static const char *const others[] = { RESULTS, "Received-SPF", "Message-Id",
		"Date", "To", "From", "DKIM-Signature" };

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		if (strcasecmp(f->name, others[i]) == 0)
			return false;
	}
	return true;
}

enum mark { MARK_NONE, MARK_OTHER, MARK_OURS };

static enum mark
mark_in(const struct prove_header *added, const char *name)
{
	enum mark mark = MARK_NONE;

	for (size_t i = 0; i < added->count; i++) {
		if (strcasecmp(added->fields[i].name, name) == 0)
			return MARK_OURS;
		if (may_be_mark(&added->fields[i]))
			mark = MARK_OTHER;
	}
	return mark;
}

/* Does the filter say that it set the message aside; then it did so in one of two ways.
 */
static enum prove_fate
fate_of(struct prove_view *view, bool set_aside, enum mark mark, bool held)
{
	/* We mark or hold, and never both. */
	if (held && !(set_aside && mark == MARK_OURS))
		return set_aside || view->ours == 0 ? PROVE_HELD : PROVE_HELD_OTHER;
	if (!set_aside || mark == MARK_NONE)
		return PROVE_PLAIN;
	if (mark == MARK_OTHER)
		view->other_settings = true;
	return PROVE_MARKED;
}

/* Our results among what was added. */
static const struct prove_field *
find_ours(struct prove_view *view, const struct prove_header *added,
    const struct prove_reader *reader)
{
	const struct prove_field *ours = NULL, *other = NULL;

	for (size_t i = 0; i < added->count; i++) {
		const struct prove_field *f = &added->fields[i];

		if (!is_in_our_form(f))
			continue;
		if (authres_id_claims(f->value, reader->authserv_id, NULL)) {
			view->ours++;
			ours = f;
		} else if (is_about(f, reader->from)) {
			other = f;
		}
	}
	if (ours != NULL)
		return ours;
	view->ours = other != NULL;
	view->other_settings = other != NULL;
	return other;
}

void
prove_header_look(struct prove_view *view, const struct prove_header *sent,
    const struct prove_header *queued, const struct prove_reader *reader,
    struct pool *pool)
{
	const struct prove_header added = prove_header_beyond(queued, sent, pool);
	const struct prove_field *ours = find_ours(view, &added, reader);
	bool set_aside = ours != NULL && strstr(ours->value, SET_ASIDE) != NULL;

	if (ours != NULL) {
		view->dmarc = dmarc_of(ours, pool);
		view->would = strstr(ours->value, " would=") != NULL;
	}
	/* A filter that goes by another id has no reason to take these away. */
	for (size_t i = 0; !view->other_settings && i < queued->count; i++) {
		const struct prove_field *f = &queued->fields[i];

		if (is_results(f) &&
		    times(queued, queued->count, f) > times(&added, added.count, f) &&
		    authres_id_claims(f->value, reader->authserv_id, NULL))
			view->forged_left = true;
	}
	view->fate =
	    fate_of(view, set_aside, mark_in(&added, reader->mark), reader->held);
}
