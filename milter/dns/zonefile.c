#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "dns/dname.h"
#include "dns/zonefile.h"

#define WORDS_MAX 512
#define WORD_MAX 4096
#define TTL_DEFAULT 300
#define TLSA_DIGITS_MAX 16384

/* One word of an entry: \DDD and \X kept as they are written. */
struct word {
	const char *at;
	size_t len;
	bool quoted;
};

struct reading {
	const char *at; /* the rest of the text */
	int line, entry_line;
	char origin[DNAME_TEXT_SIZE], owner[DNAME_TEXT_SIZE];
	unsigned long ttl;
	struct word words[WORDS_MAX];
	size_t count;
	bool owner_as_before; /* the entry began with white space */
	const char *wrong;
	char *out;
	size_t out_len, out_size;
};

/* What is asked for; all else of a master file is passed over. */
static const char *const passed_over[] = { "SOA", "NS", "DS", "DNSKEY", "RRSIG", "NSEC",
	"NSEC3", "NSEC3PARAM", "SRV", "CAA", "SPF", "HINFO", "SSHFP", "CDS", "CDNSKEY",
	"NAPTR", "HTTPS", "SVCB", "DNAME", "RP", "LOC", "URI", "OPENPGPKEY", "SMIMEA" };

static const char root[] = "$ORIGIN .\n"
			   ". 300 IN SOA . . 1 3600 3600 3600 300\n"
			   ". 300 IN NS localhost.\n";

static void
put(struct reading *r, const char *text, size_t len)
{
	while (r->out_len + len + 1 > r->out_size) {
		r->out_size *= 2;
		r->out = mem_realloc(r->out, r->out_size);
	}
	memcpy(r->out + r->out_len, text, len);
	r->out_len += len;
	r->out[r->out_len] = '\0';
}

static void
put_text(struct reading *r, const char *text)
{
	put(r, text, strlen(text));
}

static bool
is_end_of_word(char c)
{
	return c == '\0' || isspace((unsigned char)c) || strchr("();\"", c) != NULL;
}

/* The string in quotes at ${at}; it may not run over the end of its line. */
static void
read_quoted(struct reading *r, struct word *word)
{
	const char *p = r->at + 1;

	*word = (struct word){ .at = p, .quoted = true };
	while (*p != '"' && *p != '\n' && *p != '\0')
		p += p[0] == '\\' && p[1] != '\n' && p[1] != '\0' ? 2 : 1;
	word->len = (size_t)(p - word->at);
	if (*p == '"')
		p++;
	else
		r->wrong = "a string without an end";
	r->at = p;
}

static void
read_word(struct reading *r)
{
	struct word word = { .at = r->at };
	const char *p = r->at;

	if (r->count == WORDS_MAX) {
		r->wrong = "too many words in one entry";
		return;
	}
	if (*p == '"') {
		read_quoted(r, &word);
	} else {
		while (!is_end_of_word(*p))
			p += p[0] == '\\' && p[1] != '\n' && p[1] != '\0' ? 2 : 1;
		word.len = (size_t)(p - r->at);
		r->at = p;
	}
	if (word.len > WORD_MAX)
		r->wrong = "a word that is too long";
	r->words[r->count++] = word;
}

/* The words up to the end of the line, or of the parentheses. */
static void
read_entry(struct reading *r)
{
	int depth = 0;

	r->count = 0;
	r->entry_line = r->line;
	r->owner_as_before = *r->at == ' ' || *r->at == '\t';
	while (*r->at != '\0' && r->wrong == NULL) {
		if (*r->at == '\n') {
			r->line++;
			r->at++;
			if (depth == 0)
				return;
		} else if (isspace((unsigned char)*r->at)) {
			r->at++;
		} else if (*r->at == ';') {
			r->at += strcspn(r->at, "\n");
		} else if (*r->at == '(' || *r->at == ')') {
			depth += *r->at++ == '(' ? 1 : -1;
		} else {
			read_word(r);
		}
	}
	if (depth != 0 && r->wrong == NULL)
		r->wrong = "a parenthesis without an end";
}

static bool
word_is(const struct word *word, const char *text)
{
	return word->len == strlen(text) && strncasecmp(word->at, text, word->len) == 0;
}

/* A name, relative to the origin unless it ends in a dot, in normal form. */
static bool
name_make(struct reading *r, const struct word *word, char name[DNAME_TEXT_SIZE])
{
	char text[WORD_MAX + 1 + DNAME_TEXT_SIZE];
	bool absolute = word->len > 0 && word->at[word->len - 1] == '.';

	if (word_is(word, "@"))
		snprintf(text, sizeof text, "%s", r->origin);
	else if (absolute || strcmp(r->origin, ".") == 0)
		snprintf(text, sizeof text, "%.*s", (int)word->len, word->at);
	else
		snprintf(
		    text, sizeof text, "%.*s.%s", (int)word->len, word->at, r->origin);
	if (word->quoted || !dname_normal(text, name)) {
		r->wrong = "a bad name";
		return false;
	}
	return true;
}

/* 300, 5m, 1h30m */
static bool
ttl_make(const struct word *word, unsigned long *ttl)
{
	static const char units[] = "smhdw";
	static const unsigned long seconds[] = { 1, 60, 3600, 86400, 604800 };
	unsigned long total = 0, number = 0;
	bool digits = false;

	for (size_t i = 0; i < word->len; i++) {
		char c = (char)tolower((unsigned char)word->at[i]);
		const char *unit = strchr(units, c);

		if (isdigit((unsigned char)c) && number < 100000000) {
			number = number * 10 + (unsigned long)(c - '0');
			digits = true;
		} else if (c != '\0' && unit != NULL && digits) {
			total += number * seconds[unit - units];
			number = 0;
			digits = false;
		} else {
			return false;
		}
	}
	*ttl = total + number;
	return word->len > 0 && isdigit((unsigned char)word->at[0]) && *ttl <= INT32_MAX;
}

static void
put_name(struct reading *r, const struct word *word)
{
	char name[DNAME_TEXT_SIZE];

	if (!name_make(r, word, name))
		return;
	put_text(r, name);
	if (strcmp(name, ".") != 0)
		put_text(r, ".");
}

static void
put_address(struct reading *r, const struct word *word, int family)
{
	char text[64];
	struct in6_addr address;

	snprintf(text, sizeof text, "%.*s", (int)word->len, word->at);
	if (inet_pton(family, text, &address) != 1)
		r->wrong = "a bad address";
	put_text(r, text);
}

static void
put_number(struct reading *r, const struct word *word)
{
	char text[8];

	if (word->len > 5 || strspn(word->at, "0123456789") < word->len)
		r->wrong = "a bad MX preference";
	snprintf(text, sizeof text, "%.*s ", (int)word->len, word->at);
	put_text(r, text);
}

static bool
is_hex(const struct word *word)
{
	for (size_t i = 0; i < word->len; i++) {
		if (!isxdigit((unsigned char)word->at[i]))
			return false;
	}
	return word->len > 0;
}

/* RFC 6698 section 2.2: three numbers up to 255, and octets, which may have blanks. */
static void
put_tlsa(struct reading *r, const struct word *words, size_t n)
{
	size_t digits = 0;

	for (size_t i = 0; i < 3; i++) {
		char text[8];

		snprintf(text, sizeof text, "%.*s", (int)words[i].len, words[i].at);
		if (words[i].len == 0 || words[i].len > 3 ||
		    strspn(text, "0123456789") < words[i].len ||
		    strtol(text, NULL, 10) > 255)
			r->wrong = "a bad number in a TLSA";
		put_text(r, text);
		put_text(r, " ");
	}
	for (size_t i = 3; i < n; i++) {
		if (!is_hex(&words[i]))
			r->wrong = "a TLSA whose data is not hexadecimal";
		put(r, words[i].at, words[i].len);
		digits += words[i].len;
	}
	if (digits % 2 != 0 || digits > TLSA_DIGITS_MAX)
		r->wrong = "a TLSA whose data is not octets, or too many";
}

/* The octets that a word stands for: \DDD and \X are one. */
static size_t
octets_of(const struct word *word)
{
	size_t n = 0, i = 0;

	for (; i < word->len; n++) {
		if (word->at[i] != '\\')
			i++;
		else
			i += i + 1 < word->len && isdigit((unsigned char)word->at[i + 1])
				 ? 4
				 : 2;
	}
	return n;
}

static void
put_string(struct reading *r, const struct word *word)
{
	if (octets_of(word) > 255)
		r->wrong = "a string of more than 255 octets";
	put_text(r, "\"");
	put(r, word->at, word->len);
	put_text(r, "\" ");
}

/* The rdata of an entry: ${words} behind its type. */
static void
put_rdata(struct reading *r, const struct word *type, const struct word *words, size_t n)
{
	bool tlsa = word_is(type, "TLSA");
	size_t want = tlsa ? 4 : word_is(type, "MX") ? 2 : 1;

	if (n < want || (n > want && !tlsa && !word_is(type, "TXT"))) {
		r->wrong = n < want ? "data is missing" : "more data than fits the type";
		return;
	}
	if (word_is(type, "A"))
		put_address(r, &words[0], AF_INET);
	else if (word_is(type, "AAAA"))
		put_address(r, &words[0], AF_INET6);
	else if (word_is(type, "CNAME") || word_is(type, "PTR"))
		put_name(r, &words[0]);
	else if (word_is(type, "MX")) {
		put_number(r, &words[0]);
		put_name(r, &words[1]);
	} else if (tlsa) {
		put_tlsa(r, words, n);
	} else {
		for (size_t i = 0; i < n; i++)
			put_string(r, &words[i]);
	}
}

static bool
is_asked_for(const struct word *type)
{
	static const char *const asked[] = { "A", "AAAA", "CNAME", "MX", "PTR", "TLSA",
		"TXT" };

	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		if (word_is(type, asked[i]))
			return true;
	}
	return false;
}

static bool
is_passed_over(const struct word *type)
{
	for (size_t i = 0; i < sizeof passed_over / sizeof passed_over[0]; i++) {
		if (word_is(type, passed_over[i]))
			return true;
	}
	return false;
}

static void
read_directive(struct reading *r)
{
	bool good = r->count == 2;

	if (good && word_is(&r->words[0], "$ORIGIN"))
		name_make(r, &r->words[1], r->origin);
	else if (!good || !word_is(&r->words[0], "$TTL") ||
		 !ttl_make(&r->words[1], &r->ttl))
		r->wrong = "only $ORIGIN NAME and $TTL SECONDS are known";
}

/* RFC 1035 section 5.1: [owner] [TTL] [class] type rdata, TTL and class in any order. */
static void
read_record(struct reading *r)
{
	size_t i = r->owner_as_before ? 0 : 1;
	unsigned long ttl = r->ttl;
	char number[32];

	if (!r->owner_as_before && !name_make(r, &r->words[0], r->owner))
		return;
	if (r->owner[0] == '\0') {
		r->wrong = "no name";
		return;
	}
	while (
	    i < r->count && (word_is(&r->words[i], "IN") || ttl_make(&r->words[i], &ttl)))
		i++;
	if (i < r->count && is_passed_over(&r->words[i]))
		return;
	if (i == r->count || !is_asked_for(&r->words[i])) {
		r->wrong = i == r->count ? "no type" : "an unknown type";
		return;
	}
	put_text(r, r->owner);
	snprintf(number, sizeof number, "%s %lu IN ",
	    strcmp(r->owner, ".") == 0 ? "" : ".", ttl);
	put_text(r, number);
	put(r, r->words[i].at, r->words[i].len);
	put_text(r, " ");
	put_rdata(r, &r->words[i], &r->words[i + 1], r->count - i - 1);
	put_text(r, "\n");
}

char *
zonefile_read(const char *text, char *why, size_t whysize)
{
	struct reading *r = mem_alloc(sizeof *r);
	char *out;

	*r = (struct reading){
		.at = text, .line = 1, .ttl = TTL_DEFAULT, .origin = ".", .out_size = 4096
	};
	r->out = mem_alloc(r->out_size);
	put_text(r, root);
	while (*r->at != '\0' && r->wrong == NULL) {
		read_entry(r);
		if (r->wrong != NULL || r->count == 0)
			continue;
		if (r->words[0].at[0] == '$' && !r->words[0].quoted)
			read_directive(r);
		else
			read_record(r);
	}
	out = r->out;
	if (r->wrong != NULL) {
		snprintf(why, whysize, "%d: %s", r->entry_line, r->wrong);
		free(out);
		out = NULL;
	}
	free(r);
	return out;
}
