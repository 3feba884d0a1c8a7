#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "base/pool.h"
#include "mail/dmarc_record.h"

/* A part of the record: it is not ended by a NUL and may hold any octets. */
struct span {
	const char *at;
	size_t len;
};

static struct span
trim(struct span s)
{
	while (s.len > 0 && ascii_is_wsp(s.at[s.len - 1]))
		s.len--;
	for (; s.len > 0 && ascii_is_wsp(*s.at); s.len--)
		s.at++;
	return s;
}

/* Take what stands before the first ${separator} off ${s}; false: there is none. */
static bool
cut(struct span *s, char separator, struct span *head)
{
	const char *end = memchr(s->at, separator, s->len);

	*head = *s;
	if (end == NULL) {
		s->at += s->len;
		s->len = 0;
		return false;
	}
	head->len = (size_t)(end - s->at);
	s->at = end + 1;
	s->len -= head->len + 1;
	return true;
}

/* The parts of a list one after the other; begin with ${more} true. */
static bool
next_part(struct span *list, char separator, struct span *part, bool *more)
{
	if (!*more)
		return false;
	*more = cut(list, separator, part);
	return true;
}

static bool
is_word(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.at, word, s.len) == 0;
}

bool
dmarc_record_is(const char *text, size_t len)
{
	struct span rest = { text, len }, value, name;

	if (len > DMARC_RECORD_MAX || len == 0 || ascii_is_wsp(*text))
		return false;
	cut(&rest, ';', &value);
	if (!cut(&value, '=', &name))
		return false;
	value = trim(value);
	return is_word(trim(name), "v") && value.len == 6 &&
	       memcmp(value.at, "DMARC1", 6) == 0; /* %s: this case only */
}

/* What the tags said, before the rules that look at several of them. */
struct reading {
	struct pool *pool;
	struct dmarc_record record;
	bool has_p;
	bool bad_policy; /* of p, sp or np */
};

static bool
policy_read(struct span value, enum dmarc_policy *policy)
{
	static const char *const words[] = { "none", "quarantine", "reject" };

	for (int i = DMARC_P_NONE; i <= DMARC_P_REJECT; i++) {
		if (is_word(value, words[i])) {
			*policy = (enum dmarc_policy)i;
			return true;
		}
	}
	return false;
}

static void
read_p(struct reading *r, struct span value)
{
	r->has_p = policy_read(value, &r->record.p);
	r->bad_policy |= !r->has_p;
}

static void
read_sp(struct reading *r, struct span value)
{
	r->record.has_sp = policy_read(value, &r->record.sp);
	r->bad_policy |= !r->record.has_sp;
}

static void
read_np(struct reading *r, struct span value)
{
	r->record.has_np = policy_read(value, &r->record.np);
	r->bad_policy |= !r->record.has_np;
}

/* For the tags below a bad value is as if absent: the default. */
static void
read_aspf(struct reading *r, struct span value)
{
	r->record.strict_spf = is_word(value, "s");
}

static void
read_adkim(struct reading *r, struct span value)
{
	r->record.strict_dkim = is_word(value, "s");
}

static void
read_t(struct reading *r, struct span value)
{
	r->record.has_t = true;
	r->record.test_mode = is_word(value, "y");
}

static void
read_psd(struct reading *r, struct span value)
{
	if (is_word(value, "y"))
		r->record.psd = DMARC_PSD_YES;
	else if (is_word(value, "n"))
		r->record.psd = DMARC_PSD_NO;
}

static void
read_pct(struct reading *r, struct span value)
{
	int n = 0;

	if (value.len == 0 || value.len > 3)
		return;
	for (size_t i = 0; i < value.len; i++) {
		if (!ascii_is_digit(value.at[i]))
			return;
		n = n * 10 + (value.at[i] - '0');
	}
	if (n <= 100)
		r->record.pct = n;
}

static void
read_fo(struct reading *r, struct span value)
{
	static const char *const options[] = { "0", "1", "d", "s" };
	bool asked[4] = { false };
	struct span part;
	bool more = true;

	while (next_part(&value, ':', &part, &more)) {
		size_t i = 0;

		part = trim(part);
		while (i < 4 && !is_word(part, options[i]))
			i++;
		if (i == 4)
			return;
		asked[i] = true;
	}
	memcpy(r->record.failure_options, asked, sizeof asked);
	r->record.has_fo = true;
}

/* 1*DIGIT [ k / m / g / t ]: the largest report wanted, of old. */
static bool
is_size(struct span s)
{
	if (s.len > 1 && strchr("kmgtKMGT", s.at[s.len - 1]) != NULL)
		s.len--;
	for (size_t i = 0; i < s.len; i++) {
		if (!ascii_is_digit(s.at[i]))
			return false;
	}
	return s.len > 0;
}

/* RFC 3986 section 3.1 */
static bool
is_scheme(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!ascii_is_alpha(s.at[i]) && !ascii_is_digit(s.at[i]) &&
		    strchr("+-.", s.at[i]) == NULL)
			return false;
	}
	return s.len > 0 && ascii_is_alpha(*s.at);
}

/* local@domain, and "?" with more behind it */
static bool
is_mailto_target(struct span s)
{
	const char *at = memchr(s.at, '@', s.len), *query = memchr(s.at, '?', s.len);
	const char *end = query != NULL ? query : s.at + s.len;

	return at != NULL && at > s.at && at + 1 < end;
}

static bool
is_uri(struct span s)
{
	struct span target, scheme;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < 0x21 || s.at[i] > 0x7e)
			return false;
	}
	if (cut(&s, '!', &target) && !is_size(s))
		return false;
	if (!cut(&target, ':', &scheme) || !is_scheme(scheme) || target.len == 0)
		return false;
	return !is_word(scheme, "mailto") || is_mailto_target(target);
}

/* The valid ones of a list of URIs, joined by ","; NULL: none. */
static const char *
uris_read(struct span value, struct pool *pool)
{
	char *list = pool_alloc(pool, value.len + 1);
	size_t len = 0;
	struct span part;
	bool more = true;

	while (next_part(&value, ',', &part, &more)) {
		part = trim(part);
		if (!is_uri(part))
			continue;
		if (len > 0)
			list[len++] = ',';
		memcpy(list + len, part.at, part.len);
		len += part.len;
	}
	return len > 0 ? list : NULL;
}

static void
read_rua(struct reading *r, struct span value)
{
	r->record.rua = uris_read(value, r->pool);
	r->record.rua_said =
	    value.len > 0 ? pool_strndup(r->pool, value.at, value.len) : NULL;
}

static void
read_ruf(struct reading *r, struct span value)
{
	r->record.ruf = uris_read(value, r->pool);
}

static const struct {
	const char *name;
	void (*read)(struct reading *r, struct span value);
} tags[] = {
	{ "p", read_p },
	{ "sp", read_sp },
	{ "np", read_np },
	{ "aspf", read_aspf },
	{ "adkim", read_adkim },
	{ "t", read_t },
	{ "psd", read_psd },
	{ "pct", read_pct },
	{ "fo", read_fo },
	{ "rua", read_rua },
	{ "ruf", read_ruf },
};

/* name "=" value; false for all else, which is ignored. */
static bool
tag_split(struct span part, struct span *name, struct span *value)
{
	*value = part;
	if (!cut(value, '=', name))
		return false;
	*name = trim(*name);
	*value = trim(*value);
	for (size_t i = 0; i < name->len; i++) {
		if (!ascii_is_alpha(name->at[i]))
			return false;
	}
	return name->len > 0;
}

static int
name_compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = strncasecmp(x->at, y->at, len);

	if (order != 0)
		return order;
	return (x->len > y->len) - (x->len < y->len);
}

/* Sorted, because a record may hold some thousand tags. */
static bool
is_any_twice(struct span *names, size_t count)
{
	qsort(names, count, sizeof *names, name_compare);
	for (size_t i = 1; i < count; i++) {
		if (name_compare(&names[i - 1], &names[i]) == 0)
			return true;
	}
	return false;
}

/* Read every tag; false if a name stands there twice. */
static bool
tags_read(struct reading *r, struct span text)
{
	/* "a=;" is the shortest part with a name. */
	struct span *names = mem_alloc((text.len / 3 + 2) * sizeof *names);
	struct span part, value;
	bool more = true, good;
	size_t count = 0;

	while (next_part(&text, ';', &part, &more)) {
		if (!tag_split(part, &names[count], &value))
			continue;
		for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
			if (is_word(names[count], tags[i].name))
				tags[i].read(r, value);
		}
		count++;
	}
	good = !is_any_twice(names, count);
	free(names);
	return good;
}

static struct dmarc_record
defaults(void)
{
	return (struct dmarc_record){ .pct = 100, .failure_options = { true } };
}

static struct dmarc_record
unusable(struct dmarc_record record, const char *reason)
{
	record.usable = false;
	record.reason = reason;
	return record;
}

struct dmarc_record
dmarc_record_parse(const char *text, size_t len, struct pool *pool)
{
	struct reading r = { .pool = pool, .record = defaults() };

	if (!dmarc_record_is(text, len))
		return unusable(defaults(), "not a DMARC record");
	/* RFC 9989 section 4.7 takes the tag lists of DKIM (RFC 6376 section 3.2):
	 * with a name twice the whole list is invalid, psd= as well. */
	if (!tags_read(&r, (struct span){ text, len }))
		return unusable(defaults(), "a tag occurs twice in the record");
	r.record.usable = true;
	if (r.has_p && !r.bad_policy)
		return r.record;
	/* RFC 9989 section 4.10.1: who asks for reports gets them, as with p=none. */
	r.record.has_sp = r.record.has_np = false;
	r.record.p = r.record.sp = r.record.np = DMARC_P_NONE;
	r.record.fault = r.bad_policy ? "bad p, sp or np in the record: taken as p=none"
				      : "no p in the record: taken as p=none";
	if (r.record.rua != NULL)
		return r.record;
	return unusable(r.record,
	    r.bad_policy ? "bad p, sp or np in the record" : "no p in the record");
}

size_t
dmarc_record_walk(const char *domain, const char *names[DMARC_WALK_MAX])
{
	size_t labels = 1, count = 0;

	for (const char *p = domain; *p != '\0'; p++)
		labels += *p == '.';
	names[count++] = domain;
	while (labels > 1) {
		/* From eight labels and more to the last seven, then one by one. */
		do {
			domain = strchr(domain, '.') + 1;
			labels--;
		} while (labels > DMARC_WALK_MAX - 1);
		names[count++] = domain;
	}
	return count;
}
