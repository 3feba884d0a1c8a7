#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define dkim_lib libopendkim_lib
#include <opendkim/dkim.h>
#undef dkim_lib

#include "base/mem.h"
#include "base/pool.h"
#include "base/unconst.h"
#include "dkim_run.h"
#include "dns/questions.h"
#include "dns/rdata.h"

static char *
with_crlf(const char *text, size_t len, size_t *out_len)
{
	char *out = mem_alloc(2 * len + 1);
	size_t n = 0;
	bool plain = memchr(text, '\r', len) != NULL;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' && !plain)
			out[n++] = '\r';
		out[n++] = text[i];
	}
	*out_len = n;
	return out;
}

/* The end of the field at ${p}: a line end that no white space follows. */
static const char *
field_end(const char *p, const char *end)
{
	for (;;) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		if (lf == NULL)
			return end;
		if (lf + 1 == end || (lf[1] != ' ' && lf[1] != '\t'))
			return lf + 1;
		p = lf + 1;
	}
}

static void
add_field(struct dkim_message *m, const char *p, const char *end)
{
	const char *colon;

	while (end > p && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	colon = memchr(p, ':', (size_t)(end - p));
	if (colon == NULL)
		return; /* an MTA would end the header here; no field for us */
	m->fields = mem_realloc(m->fields, (m->field_count + 1) * sizeof *m->fields);
	m->fields[m->field_count++] = (struct dkim_run_field){
		.name = mem_strndup(p, (size_t)(colon - p)),
		.value = mem_strndup(colon + 1, (size_t)(end - colon - 1)),
	};
}

struct dkim_message
dkim_run_parse(const char *text, size_t len)
{
	struct dkim_message m = { 0 };
	size_t n;
	char *copy = with_crlf(text, len, &n);
	const char *p = copy, *end = copy + n;

	while (p < end) {
		const char *stop = field_end(p, end);

		if (*p == '\n' || (*p == '\r' && p + 1 < end && p[1] == '\n')) {
			p = stop;
			break;
		}
		add_field(&m, p, stop);
		p = stop;
	}
	m.body_len = (size_t)(end - p);
	m.body = mem_strndup(p, m.body_len);
	free(copy);
	return m;
}

void
dkim_run_forget(struct dkim_message *m)
{
	for (size_t i = 0; i < m->field_count; i++) {
		free(m->fields[i].name);
		free(m->fields[i].value);
	}
	free(m->fields);
	free(m->body);
}

/* NOLINTBEGIN(readability-function-size): each is what some test varies */
const struct dkim_evidence *
dkim_run(struct dkim_lib *lib, struct resolver *resolver, const struct dkim_message *m,
    time_t now, size_t piece, struct pool *pool, size_t *count)
{
	/* NOLINTEND(readability-function-size) */
	struct questions *q =
	    questions_new(resolver, &(struct questions_options){ 0 }, pool);
	struct dkim_check *c = dkim_check_begin(lib, q, now, pool);
	const struct dkim_evidence *list;

	for (size_t i = 0; i < m->field_count; i++)
		dkim_check_header(c, m->fields[i].name, m->fields[i].value);
	dkim_check_eoh(c, NULL);
	for (size_t at = 0; at < m->body_len; at += piece) {
		size_t len = m->body_len - at < piece ? m->body_len - at : piece;

		dkim_check_body(c, (const unsigned char *)m->body + at, len);
	}
	list = dkim_check_end(c, count);
	dkim_check_free(c);
	questions_free(q);
	return list;
}

/* Where the library's callback finds the answers; one message at a time. */
static struct resolver *library_resolver;

static DKIM_CBSTAT
library_key(DKIM *dkim, DKIM_SIGINFO *sig, u_char *out, size_t size)
{
	struct pool *pool = pool_new();
	struct questions *q =
	    questions_new(library_resolver, &(struct questions_options){ 0 }, pool);
	const char *name = pool_printf(
	    pool, "%s._domainkey.%s", dkim_sig_getselector(sig), dkim_sig_getdomain(sig));
	const struct dns_answer *answer = questions_ask(q, name, DNS_TXT);
	DKIM_CBSTAT status = DKIM_CBSTAT_NOTFOUND;
	const char *text;
	size_t len;

	(void)dkim;
	if (answer->status == DNS_TEMPFAIL || answer->status == DNS_BOGUS)
		status = DKIM_CBSTAT_ERROR;
	if (answer->status == DNS_FOUND &&
	    (text = rdata_txt(&answer->records[0], &len, pool)) != NULL) {
		if (len >= size)
			len = size - 1;
		memcpy(out, text, len);
		out[len] = '\0';
		status = DKIM_CBSTAT_CONTINUE;
	}
	questions_free(q);
	pool_free(pool);
	return status;
}

static void
library_feed(DKIM *dkim, const struct dkim_message *m)
{
	dkim_header(dkim, (u_char *)unconst("x y: z"), 6);
	for (size_t i = 0; i < m->field_count; i++) {
		const struct dkim_run_field *f = &m->fields[i];
		size_t name = strlen(f->name), value = strlen(f->value);
		u_char *text = mem_alloc(name + value + 2);

		memcpy(text, f->name, name);
		text[name] = ':';
		memcpy(text + name + 1, f->value, value);
		dkim_header(dkim, text, name + 1 + value);
		free(text);
	}
}

static enum dkim_result
library_word(DKIM_SIGINFO *sig, int error)
{
	if (error == DKIM_SIGERROR_OK)
		return DKIM_SIG_CHECK(sig) ? DKIM_PASS : DKIM_FAIL;
	if (error == DKIM_SIGERROR_BADSIG)
		return DKIM_FAIL;
	if (error == DKIM_SIGERROR_UNKNOWN || error == DKIM_SIGERROR_KEYFAIL)
		return DKIM_TEMPERROR;
	if (error == DKIM_SIGERROR_KEYTOOSMALL || error == DKIM_SIGERROR_EXPIRED)
		return DKIM_POLICY;
	return DKIM_PERMERROR;
}

size_t
dkim_run_library(struct resolver *resolver, const struct dkim_message *m,
    enum dkim_result *results, int *why, size_t max)
{
	u_int flags = DKIM_LIBFLAGS_BADSIGHANDLES | DKIM_LIBFLAGS_DELAYSIGPROC;
	uint64_t drift = 1000000000; /* its clock is not the test's */
	DKIM_LIB *lib = dkim_init(NULL, NULL);
	DKIM_SIGINFO **sigs;
	DKIM_STAT status;
	DKIM *dkim;
	int count = 0;
	bool testing;

	library_resolver = resolver;
	dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags);
	dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift, sizeof drift);
	dkim_set_key_lookup(lib, library_key);
	dkim = dkim_verify(lib, (const u_char *)"test", NULL, &status);
	library_feed(dkim, m);
	dkim_eoh(dkim);
	if (m->body_len > 0)
		dkim_body(dkim, (u_char *)m->body, m->body_len);
	dkim_eom(dkim, &testing);
	if (dkim_getsiglist(dkim, &sigs, &count) != DKIM_STAT_OK)
		count = 0;
	for (int i = 0; i < count && (size_t)i < max; i++) {
		why[i] = dkim_sig_geterror(sigs[i]);
		results[i] = library_word(sigs[i], why[i]);
	}
	dkim_free(dkim);
	dkim_close(lib);
	return (size_t)count < max ? (size_t)count : max;
}
