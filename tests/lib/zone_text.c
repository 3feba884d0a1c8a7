#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "dns/dname.h"
#include "zone_text.h"

#define RDATA_MAX 65535
#define TTL_DEFAULT 3600

/* What a line says; a BEHAVIOUR is for all types if its type is 0. */
enum kind { RECORD, SECURE, BEHAVIOUR };

struct zone_node {
	struct zone_node *next;
	const char *name;
	enum kind kind;
	enum dns_type type;
	uint32_t ttl;
	enum dns_status status; /* of a BEHAVIOUR */
	const char *reason;
	const char *cname;
	struct dns_record record;
};

struct zone_text {
	struct pool *pool;
	struct zone_node *first, **last;
};

/* One line being read. */
struct line {
	struct pool *pool;
	const char *at, *end;
	const char *why; /* what is wrong with it */
};

static const struct {
	const char *word;
	enum kind kind;
	enum dns_type type;
	enum dns_status status;
	const char *reason;
} words[] = {
	{ "A", RECORD, DNS_A, DNS_FOUND, NULL },
	{ "AAAA", RECORD, DNS_AAAA, DNS_FOUND, NULL },
	{ "CNAME", RECORD, DNS_CNAME, DNS_FOUND, NULL },
	{ "MX", RECORD, DNS_MX, DNS_FOUND, NULL },
	{ "PTR", RECORD, DNS_PTR, DNS_FOUND, NULL },
	{ "TXT", RECORD, DNS_TXT, DNS_FOUND, NULL },
	{ "SOA", RECORD, DNS_SOA, DNS_FOUND, NULL },
	{ "TLSA", RECORD, DNS_TLSA, DNS_FOUND, NULL },
	{ "SECURE", SECURE, 0, DNS_FOUND, NULL },
	{ "NODATA", BEHAVIOUR, 0, DNS_NODATA, NULL },
	{ "NXDOMAIN", BEHAVIOUR, 0, DNS_NXDOMAIN, NULL },
	{ "SERVFAIL", BEHAVIOUR, 0, DNS_TEMPFAIL, "SERVFAIL" },
	{ "TIMEOUT", BEHAVIOUR, 0, DNS_TEMPFAIL, "no answer in time" },
	{ "TOOLARGE", BEHAVIOUR, 0, DNS_TEMPFAIL, ZONE_TEXT_TOO_LARGE },
	{ "BOGUS", BEHAVIOUR, 0, DNS_BOGUS, "DNSSEC validation failed" },
};
#define WORDS (sizeof words / sizeof words[0])

static void
skip_space(struct line *l)
{
	while (l->at < l->end && isspace((unsigned char)*l->at))
		l->at++;
	if (l->at < l->end && (*l->at == ';' || *l->at == '#'))
		l->at = l->end;
}

/* The next word, without case if it is to be; "" at the end of the line. */
static const char *
read_word(struct line *l)
{
	const char *start;

	skip_space(l);
	start = l->at;
	while (l->at < l->end && !isspace((unsigned char)*l->at) && *l->at != ';')
		l->at++;
	return pool_strndup(l->pool, start, (size_t)(l->at - start));
}

/* One octet of a string: plain, \DDD or \ and a character. */
static uint8_t
read_octet(struct line *l)
{
	if (*l->at != '\\' || l->at + 1 >= l->end)
		return (uint8_t)*l->at++;
	l->at++;
	if (l->end - l->at >= 3 && isdigit((unsigned char)l->at[0]) &&
	    isdigit((unsigned char)l->at[1]) && isdigit((unsigned char)l->at[2])) {
		int value =
		    (l->at[0] - '0') * 100 + (l->at[1] - '0') * 10 + (l->at[2] - '0');

		if (value > 255)
			l->why = "an escape over \\255";
		l->at += 3;
		return (uint8_t)value;
	}
	return (uint8_t)*l->at++;
}

/* One "string" or word into ${data} at ${len}; over 255 octets become several. */
static size_t
read_string(struct line *l, uint8_t *data, size_t len)
{
	bool quoted = *l->at == '"';
	size_t head = len++;

	if (quoted)
		l->at++;
	while (l->at < l->end &&
	       (quoted ? *l->at != '"' : !isspace((unsigned char)*l->at))) {
		if (len - head == 256) {
			data[head] = 255;
			head = len++;
		}
		data[len++] = read_octet(l);
		if (len + 2 > RDATA_MAX) {
			l->why = "a TXT over 64 KB";
			return 0;
		}
	}
	if (quoted && l->at == l->end)
		l->why = "a string without an end";
	else if (quoted)
		l->at++;
	data[head] = (uint8_t)(len - head - 1);
	return len;
}

static size_t
read_txt(struct line *l, uint8_t *data)
{
	size_t len = 0;

	skip_space(l);
	if (l->at == l->end)
		l->why = "TXT without a string";
	while (l->at < l->end && l->why == NULL) {
		len = read_string(l, data, len);
		skip_space(l);
	}
	return len;
}

/* A name in normal form to the wire; it was checked by dname_normal(). */
static size_t
put_name(const char *normal, uint8_t *data)
{
	size_t head = 0, len = 1;

	for (const char *p = strcmp(normal, ".") == 0 ? "" : normal; *p != '\0'; p++) {
		if (*p == '.') {
			data[head] = (uint8_t)(len - head - 1);
			head = len++;
		} else if (*p == '\\') {
			data[len++] = (uint8_t)((p[1] - '0') * 100 + (p[2] - '0') * 10 +
						(p[3] - '0'));
			p += 3;
		} else {
			data[len++] = (uint8_t)*p;
		}
	}
	data[head] = (uint8_t)(len - head - 1);
	if (len > 1)
		data[len++] = 0;
	return len;
}

static const char *
read_name(struct line *l)
{
	char normal[DNAME_TEXT_SIZE];

	if (!dname_normal(read_word(l), normal)) {
		l->why = "a bad name";
		return ".";
	}
	return pool_strdup(l->pool, normal);
}

static size_t
read_address(struct line *l, int family, uint8_t *data)
{
	if (inet_pton(family, read_word(l), data) != 1)
		l->why = "a bad address";
	return family == AF_INET ? 4 : 16;
}

static size_t
read_mx(struct line *l, uint8_t *data)
{
	const char *text = read_word(l);
	char *end;
	unsigned long preference = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end != '\0' || preference > 65535)
		l->why = "a bad MX preference";
	if (l->why != NULL)
		return 0;
	data[0] = (uint8_t)(preference >> 8);
	data[1] = (uint8_t)preference;
	return 2 + put_name(read_name(l), data + 2);
}

/* RFC 3597 section 5: "\# LENGTH HEX...", which need not make sense for the type. */
static size_t
read_raw(struct line *l, uint8_t *data)
{
	size_t wanted = strtoul(read_word(l), NULL, 10), len = 0;
	const char *word;
	char octet[3] = "";

	while (l->why == NULL && *(word = read_word(l)) != '\0') {
		for (; isxdigit((unsigned char)word[0]) &&
		       isxdigit((unsigned char)word[1]) && len < RDATA_MAX;
		     word += 2) {
			memcpy(octet, word, 2);
			data[len++] = (uint8_t)strtoul(octet, NULL, 16);
		}
		if (*word != '\0')
			l->why = "hexadecimal octets are meant";
	}
	if (l->why == NULL && len != wanted)
		l->why = "another length than there are octets";
	return len;
}

static bool
is_raw(struct line *l)
{
	const char *start = l->at;

	if (strcmp(read_word(l), "\\#") == 0)
		return true;
	l->at = start;
	return false;
}

/* Of a type other than CNAME, which is followed by its name. */
static size_t
read_data(struct line *l, enum dns_type type, uint8_t *data)
{
	switch (type) {
	case DNS_A:
		return read_address(l, AF_INET, data);
	case DNS_AAAA:
		return read_address(l, AF_INET6, data);
	case DNS_MX:
		return read_mx(l, data);
	case DNS_TXT:
		return read_txt(l, data);
	case DNS_SOA:
	case DNS_TLSA:
		l->why = "a record of this type is to be raw";
		return 0;
	default:
		return put_name(read_name(l), data);
	}
}

static void
read_rdata(struct line *l, struct zone_node *node)
{
	uint8_t *data = mem_alloc(RDATA_MAX), *kept;
	size_t len = 0;

	if (node->type == DNS_CNAME) {
		node->cname = read_name(l);
		len = put_name(node->cname, data);
	} else if (is_raw(l)) {
		len = read_raw(l, data);
	} else {
		len = read_data(l, node->type, data);
	}
	kept = pool_alloc(l->pool, len);
	memcpy(kept, data, len);
	free(data);
	node->record = (struct dns_record){ kept, len };
}

static bool
is_number(const char *word)
{
	return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

/* The row of a word; WORDS: none. */
static size_t
word_find(const char *word)
{
	size_t i = 0;

	while (i < WORDS && strcmp(words[i].word, word) != 0)
		i++;
	return i;
}

static void
read_line(struct line *l, struct zone_node *node)
{
	const char *word;
	size_t row;

	node->name = read_name(l);
	node->ttl = TTL_DEFAULT;
	word = read_word(l);
	if (is_number(word)) {
		node->ttl = (uint32_t)strtoul(word, NULL, 10);
		word = read_word(l);
	}
	if (strcmp(word, "IN") == 0)
		word = read_word(l);
	row = word_find(word);
	if (row == WORDS) {
		l->why = "an unknown type";
		return;
	}
	node->kind = words[row].kind;
	node->type = words[row].type;
	node->status = words[row].status;
	node->reason = words[row].reason;
	if (node->kind == RECORD) {
		read_rdata(l, node);
	} else if (node->kind == BEHAVIOUR && *(word = read_word(l)) != '\0') {
		row = word_find(word);
		if (row == WORDS || words[row].kind != RECORD)
			l->why = "an unknown type";
		else
			node->type = words[row].type;
	}
	skip_space(l);
	if (l->why == NULL && l->at != l->end)
		l->why = "more than fits there";
}

struct zone_text *
zone_text_new(const char *text, char *why, size_t whysize)
{
	struct zone_text *zone = mem_alloc(sizeof *zone);
	int number = 1;

	zone->pool = pool_new();
	zone->last = &zone->first;
	for (; *text != '\0'; number++) {
		size_t len = strcspn(text, "\n");
		struct line l = { zone->pool, text, text + len, NULL };
		struct zone_node *node;

		text += len + (text[len] == '\n');
		skip_space(&l);
		if (l.at == l.end)
			continue;
		node = pool_alloc(zone->pool, sizeof *node);
		read_line(&l, node);
		if (l.why != NULL) {
			snprintf(why, whysize, "line %d: %s", number, l.why);
			zone_text_free(zone);
			return NULL;
		}
		*zone->last = node;
		zone->last = &node->next;
	}
	return zone;
}

void
zone_text_free(struct zone_text *zone)
{
	pool_free(zone->pool);
	free(zone);
}

/* Is ${name} ${node}'s name, or one above it?  A behaviour does not make it exist. */
static bool
exists(const struct zone_text *zone, const char *name)
{
	size_t len = strlen(name);

	for (const struct zone_node *n = zone->first; n != NULL; n = n->next) {
		size_t nlen = strlen(n->name);

		if (n->kind == SECURE || n->status == DNS_NXDOMAIN || nlen < len)
			continue;
		if (strcmp(n->name + nlen - len, name) == 0 &&
		    (nlen == len || n->name[nlen - len - 1] == '.'))
			return true;
	}
	return false;
}

static bool
has_lines(const struct zone_text *zone, const char *name)
{
	for (const struct zone_node *n = zone->first; n != NULL; n = n->next) {
		if (n->kind != SECURE && strcmp(n->name, name) == 0)
			return true;
	}
	return false;
}

/* Whose lines hold for ${name}: its own, or of the wildcard at its closest encloser. */
static const char *
owner_of(const struct zone_text *zone, const char *name, char wildcard[])
{
	if (has_lines(zone, name) || exists(zone, name))
		return name;
	for (const char *p = strchr(name, '.'); p != NULL; p = strchr(p + 1, '.')) {
		snprintf(wildcard, DNAME_TEXT_SIZE + 5, "\\042%s", p);
		if (has_lines(zone, wildcard))
			return wildcard;
		if (exists(zone, p + 1))
			break;
	}
	return name;
}

static bool
is_secure(const struct zone_text *zone, const char *owner)
{
	for (const struct zone_node *n = zone->first; n != NULL; n = n->next) {
		if (n->kind == SECURE && strcmp(n->name, owner) == 0)
			return true;
	}
	return false;
}

static struct zone_answer
answer_of(const struct zone_node *n, enum dns_type type, bool secure)
{
	return (struct zone_answer){
		.status = n->status,
		.reason = n->reason,
		.cname = type == DNS_CNAME ? NULL : n->cname,
		.secure = secure,
		.ttl = n->ttl,
		.node = n->kind == RECORD ? n : NULL,
		.type = type,
	};
}

struct zone_answer
zone_text_find(const struct zone_text *zone, const char *name, enum dns_type type)
{
	char wildcard[DNAME_TEXT_SIZE + 5];
	const char *owner = owner_of(zone, name, wildcard);
	bool secure = is_secure(zone, owner) || is_secure(zone, name);
	const struct zone_node *found = NULL;

	for (const struct zone_node *n = zone->first; n != NULL; n = n->next) {
		if (n->kind == SECURE || strcmp(n->name, owner) != 0)
			continue;
		if (n->kind == BEHAVIOUR && (n->type == 0 || n->type == type))
			return answer_of(n, type, secure);
		if (n->kind == RECORD && found == NULL &&
		    (n->type == type || n->type == DNS_CNAME))
			found = n;
	}
	if (found != NULL)
		return answer_of(found, type, secure);
	return (struct zone_answer){
		.status =
		    owner == wildcard || exists(zone, owner) ? DNS_NODATA : DNS_NXDOMAIN,
		.secure = secure,
		.ttl = TTL_DEFAULT,
	};
}

struct dns_record *
zone_text_records(
    const struct zone_text *zone, const struct zone_answer *answer, size_t *count)
{
	struct dns_record *records = NULL;

	*count = 0;
	if (answer->node == NULL || answer->cname != NULL)
		return NULL;
	for (const struct zone_node *n = zone->first; n != NULL; n = n->next) {
		if (n->kind != RECORD || n->type != answer->type ||
		    strcmp(n->name, answer->node->name) != 0)
			continue;
		records = mem_realloc(records, (*count + 1) * sizeof *records);
		records[(*count)++] = n->record;
	}
	return records;
}
