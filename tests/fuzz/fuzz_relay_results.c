/*
 * A relay's results, read a second time in another way: cut into words first, and each
 * word held against a pattern.  Both readings are the same to the last domain; and of a
 * whole header nothing is taken that a second look at its fields does not allow.
 */
#include <regex.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/netlist.h"
#include "base/pool.h"
#include "mail/address.h"
#include "mail/authres_id.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "mail/received.h"
#include "mail/relay_field.h"
#include "mail/relay_results.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID "gw.example"
#define AUTHOR "example.nl"
#define WHITE " \t\r\n"
#define WORD "[A-Za-z0-9_-]+"
#define BARE "[]!#-'*-:<-[^-~]+"
#define QUOTED "\"([^\"\\]|\\\\.)*\""

enum { GROUPS = 6, WORDS_MAX = 4096, RESULTS_MAX = 2048 };

struct words {
	const char *at[WORDS_MAX]; /* ";" parts the results */
	size_t count;
	bool odd;
};

/* What the second reading makes of a field. */
struct reading {
	bool odd;
	const char *from, *mailfrom, *dkim;
	bool dmarc_fail;
};

/* Each has a group: without one it is not compiled yet. */
static bool
fits(const char *pattern, regex_t *compiled, const char *text, regmatch_t *m)
{
	if (compiled->re_nsub == 0)
		must(regcomp(compiled, pattern, REG_EXTENDED | REG_ICASE) == 0);
	return regexec(compiled, text, GROUPS, m, 0) == 0;
}

static const char *
part(const char *text, const regmatch_t *m, struct pool *pool)
{
	return pool_strndup(pool, text + m->rm_so, (size_t)(m->rm_eo - m->rm_so));
}

/* Octets that no field has: counted once over the whole text. */
static bool
is_clean(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		bool fold = (p[0] == '\r' && p[1] == '\n') ||
			    (p[0] == '\n' && (p[1] == ' ' || p[1] == '\t'));

		if ((*p < ' ' || *p > '~') && *p != '\t' && !fold)
			return false;
		if (*p == '\\' && (p[1] == '\r' || p[1] == '\n'))
			return false;
	}
	return true;
}

/* Where the word at ${p} ends: a comment at its ")", what has quotes behind them. */
static const char *
word_end(const char *p)
{
	bool quoted = false;

	if (*p == '(') {
		p = strchr(p, ')');
		return p != NULL ? p + 1 : NULL;
	}
	for (; *p != '\0'; p++) {
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && strchr(WHITE ";", *p) != NULL)
			break;
	}
	return quoted ? NULL : p;
}

static void
cut(const char *text, struct words *w, struct pool *pool)
{
	w->count = 0;
	w->odd = false;
	for (;;) {
		const char *end;

		text += strspn(text, WHITE);
		if (*text == '\0')
			return;
		end = *text == ';' ? text + 1 : word_end(text);
		if (end == NULL || w->count == WORDS_MAX ||
		    (*text == '(' && *end != '\0' && strchr(WHITE ";", *end) == NULL)) {
			w->odd = true;
			return;
		}
		w->at[w->count++] = pool_strndup(pool, text, (size_t)(end - text));
		text = end;
	}
}

static bool
is_comment(const char *word)
{
	return *word == '(' && strcspn(word + 1, "()\\") + 2 == strlen(word);
}

/* The value of a property, without its quotes. */
static const char *
bare(const char *value, struct pool *pool)
{
	return *value == '"' ? pool_strndup(pool, value + 1, strlen(value) - 2) : value;
}

/* The properties of one result that are of use; NULL: not there. */
struct said {
	const char *method, *word;
	const char *from, *d, *s, *mailfrom, *helo;
};

static bool
say(const char **to, const char *value)
{
	bool first = *to == NULL;

	*to = value;
	return first;
}

static bool
say_property(struct said *r, const char *name, const char *value)
{
	if (strcasecmp(name, "header.from") == 0)
		return say(&r->from, value);
	if (strcasecmp(name, "header.d") == 0)
		return say(&r->d, value);
	if (strcasecmp(name, "header.s") == 0)
		return say(&r->s, value);
	if (strcasecmp(name, "smtp.mailfrom") == 0)
		return say(&r->mailfrom, value);
	if (strcasecmp(name, "smtp.helo") == 0)
		return say(&r->helo, value);
	return true;
}

/* One result: ${word} to ${end}.  False: odd. */
static bool
read_said(
    const char *const *word, const char *const *end, struct said *r, struct pool *pool)
{
	static regex_t method, property, reason;
	regmatch_t m[GROUPS];
	size_t n = 0;

	for (; word < end; word++) {
		if (is_comment(*word))
			continue;
		if (n == 0) {
			if (!fits("^(" WORD ")(/1)?=(" WORD ")$", &method, *word, m))
				return false;
			r->method = part(*word, &m[1], pool);
			r->word = part(*word, &m[3], pool);
		} else if (fits("^(" WORD "\\." WORD ")=(" BARE "|" QUOTED ")$",
			       &property, *word, m)) {
			if (!say_property(r, part(*word, &m[1], pool),
				bare(part(*word, &m[2], pool), pool)))
				return false;
		} else if (n != 1 ||
			   !fits("^reason=(" BARE "|" QUOTED ")$", &reason, *word, m)) {
			return false;
		}
		n++;
	}
	return n > 0;
}

static const char *
domain(const char *text, struct pool *pool)
{
	return address_domain(text, strlen(text), pool);
}

/* "local@domain" or "domain" */
static const char *
mailfrom(const char *text, struct pool *pool)
{
	static regex_t address;
	regmatch_t m[GROUPS];

	if (strchr(text, '@') == NULL)
		return domain(text, pool);
	return fits("^[]!#$%&'*+./0-9=?A-Z^_`a-z{|}~-]+@([^@]*)$", &address, text, m) &&
		       strchr(text, ']') == NULL
		   ? domain(part(text, &m[1], pool), pool)
		   : NULL;
}

struct counts {
	size_t dmarc, spf, dkim;
};

static bool
sum_up(const struct said *r, struct reading *to, struct counts *n, struct pool *pool)
{
	bool pass = strcasecmp(r->word, "pass") == 0;

	if (strcasecmp(r->method, "dmarc") == 0) {
		to->dmarc_fail = strcasecmp(r->word, "fail") == 0;
		to->from = r->from != NULL ? domain(r->from, pool) : NULL;
		return ++n->dmarc == 1 && (r->from == NULL || to->from != NULL);
	}
	if (strcasecmp(r->method, "spf") == 0 && r->mailfrom != NULL) {
		if (pass && r->helo == NULL)
			to->mailfrom = mailfrom(r->mailfrom, pool);
		return ++n->spf == 1;
	}
	if (strcasecmp(r->method, "dkim") == 0 && pass && r->d != NULL) {
		const char *d = domain(r->d, pool);
		const char *s = r->s != NULL ? domain(r->s, pool) : "-";

		if (d == NULL || s == NULL || ++n->dkim > RELAY_FIELD_PASSES_MAX)
			return false;
		to->dkim = pool_printf(pool, "%s %s/%s", to->dkim, d, s);
	}
	return true;
}

/* The id, a version perhaps, and the first ";": how many words; 0: odd. */
static size_t
head(const struct words *w, const char *text, bool plain)
{
	size_t n = 2;

	if (w->count < 2 || strcasecmp(w->at[0], ID) != 0)
		return 0;
	if (!plain && strcmp(w->at[1], "1") == 0)
		n = 3;
	if (w->count < n || strcmp(w->at[n - 1], ";") != 0)
		return 0;
	if (plain && strncasecmp(text + (*text == ' '), ID ";", sizeof ID) != 0)
		return 0;
	return n;
}

static struct reading
read_again(const char *text, bool plain, struct pool *pool)
{
	struct reading to = { .odd = true, .dkim = "" };
	struct words *w = pool_alloc(pool, sizeof *w);
	struct counts n = { 0 };
	size_t first;

	if (strlen(text) > RELAY_FIELD_MAX || !is_clean(text))
		return to;
	cut(text, w, pool);
	first = head(w, text, plain);
	if (first > 0 && !w->odd && w->count == first + 1 &&
	    strcasecmp(w->at[first], "none") == 0) {
		to.odd = false;
		return to;
	}
	for (size_t i = first, next; first > 0 && i <= w->count; i = next + 1) {
		struct said r = { .method = NULL };

		for (next = i; next < w->count && strcmp(w->at[next], ";") != 0;)
			next++;
		if (!read_said(&w->at[i], &w->at[next], &r, pool) ||
		    !sum_up(&r, &to, &n, pool))
			return to;
	}
	to.odd = first == 0 || w->odd;
	return to;
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
check_field(const char *text, bool plain, struct pool *pool)
{
	const struct relay_field f = relay_field_read(text, ID, plain, pool);
	const struct reading r = read_again(text, plain, pool);
	const char *dkim = "";

	must((f.fault != NULL) == r.odd);
	if (r.odd)
		return;
	must(is_same(f.from, r.from) && is_same(f.mailfrom, r.mailfrom));
	must(f.dmarc_fail == r.dmarc_fail);
	for (size_t i = 0; i < f.dkim_count; i++)
		dkim = pool_printf(pool, "%s %s/%s", dkim, f.dkim[i].domain,
		    f.dkim[i].selector != NULL ? f.dkim[i].selector : "-");
	must(strcmp(dkim, r.dkim) == 0);
}

/* Lines of "Name:value", folded or not, become fields. */
static void
add_fields(struct header_list *list, const char *text, struct pool *pool)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line, *colon;

		while (
		    text[len] == '\n' && (text[len + 1] == ' ' || text[len + 1] == '\t'))
			len += 1 + strcspn(text + len + 1, "\n");
		line = pool_strndup(pool, text, len);
		colon = strchr(line, ':');
		if (colon != NULL) {
			*colon = '\0';
			header_list_add(list, line, colon + 1);
		}
		text += len;
		text += *text == '\n';
	}
}

/* The fields of the id among all, and the lowest Received that the relay wrote. */
struct seen {
	size_t results, place, received;
	bool outside;
};

static struct seen
look(const struct header_list *list, const struct netlist *trusted, struct pool *pool)
{
	struct seen s = { .received = SIZE_MAX };
	bool theirs = true;

	for (size_t i = 0; i < list->count; i++) {
		const struct header_field *f = &list->fields[i];
		enum received_hop hop;
		const char *helo;
		struct ip client;

		if (header_field_is(f, "Authentication-Results") &&
		    authres_id_claims(f->value, ID, NULL)) {
			s.results++;
			s.place = i;
		}
		if (!theirs || !header_field_is(f, "Received"))
			continue;
		s.received = i;
		hop = received_relay_hop(f->value, &client, &helo, pool);
		theirs = hop == RECEIVED_SAME_HOST;
		s.outside = hop == RECEIVED_CLIENT && !netlist_has(trusted, &client);
	}
	return s;
}

static bool
is_mine(const char *name)
{
	return strcmp(name, AUTHOR) == 0 || address_is_within(name, AUTHOR);
}

/* What was taken, was it allowed? */
static void
check_taken(const struct evidence *ev, bool strips, const struct netlist *trusted,
    struct pool *pool)
{
	const struct seen s = look(ev->headers, trusted, pool);
	bool below = s.place == s.received + 1;
	struct reading r;

	must(s.results == 1 && s.received != SIZE_MAX && !ev->headers->overflow);
	must(s.place < s.received || (strips && below && s.outside));
	must(
	    strcasecmp(ev->headers->fields[s.place].name, "Authentication-Results") == 0);
	r = read_again(ev->headers->fields[s.place].value, below, pool);
	must(!r.odd && is_same(r.from, AUTHOR));
	if (ev->spf.by_relay) {
		must(is_same(r.mailfrom, ev->spf.domain));
		must(!r.dmarc_fail || !is_mine(ev->spf.domain));
	}
	for (size_t i = 0; i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		must(d->by_relay == (d->result == DKIM_PASS));
		must(!d->by_relay ||
		     strstr(r.dkim, pool_printf(pool, " %s/", d->domain)) != NULL);
		must(!d->by_relay || !r.dmarc_fail || !is_mine(d->domain));
	}
}

static void
check_header(const char *text, bool strips, struct pool *pool)
{
	struct header_list *list = header_list_new(
	    pool, (struct header_limits){ 16384, 50 }, "mx.example", NULL);
	const struct dkim_evidence own = { .result = DKIM_FAIL,
		.domain = AUTHOR,
		.selector = "s1",
		.algorithm = "",
		.b_start = "" };
	struct evidence ev = { .mail_from = "<joe@" AUTHOR ">",
		.headers = list,
		.relay = { .is_relay = true },
		.spf = { .result = SPF_FAIL, .domain = AUTHOR },
		.dkim = &own,
		.dkim_count = 1,
		.from = { .status = FROM_OK, .domain = AUTHOR } };
	struct netlist trusted = { 0 };

	netlist_add(&trusted, "198.51.100.0/24");
	add_fields(list, text, pool);
	relay_results_take(&ev,
	    &(struct relay_results_options){
		.id = ID, .strips = strips, .trusted = &trusted, .passes_max = 10 },
	    pool);
	must(ev.relay.results != RELAY_RESULTS_UNASKED);
	must((ev.relay.results == RELAY_RESULTS_HELD) ==
	     (ev.relay.results_reason != NULL));
	if (ev.relay.results == RELAY_RESULTS_READ)
		check_taken(&ev, strips, &trusted, pool);
	else
		must(ev.spf.result == SPF_FAIL && ev.dkim == &own);
	netlist_clear(&trusted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	const char *text = pool_strndup(pool, (const char *)data, size);

	check_field(text, false, pool);
	check_field(text, true, pool);
	check_header(text, false, pool);
	check_header(text, true, pool);
	pool_free(pool);
	return 0;
}
