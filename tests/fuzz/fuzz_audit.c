/*
 * An audit of a domain whose owner wants its auditor harm: each line of the input is the
 * raw data of an answer, in the order of the names below, or what its server does.  It
 * ends, within its bounds; the JSON is JSON, and no answer becomes a tag of the page or
 * an order to a terminal.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/pool.h"
#include "base/text.h"
#include "check/dkim_key.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/audit_html.h"
#include "ctl/audit/audit_json.h"
#include "ctl/audit/audit_text.h"
#include "ctl/audit/compare.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/result.h"
#include "ctl/audit/rules.h"
#include "ctl/audit/server.h"
#include "ctl/page.h"
#include "must.h"
#include "resolver_zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ANSWER_MAX 600
#define ANSWERS 24
#define NOW 1800000000

static const char *const names[] = { "d.example TXT", "_dmarc.d.example TXT",
	"s1._domainkey.d.example TXT", "d.example MX", "_mta-sts.d.example TXT",
	"_smtp._tls.d.example TXT", "i.example TXT", "mx.d.example A",
	"_25._tcp.mx.d.example TLSA", "d.example SOA", "mx.d.example AAAA",
	"d._report._dmarc.r.example TXT", "*.example TXT", "_dmarc.example TXT" };
#define NAMES (sizeof names / sizeof *names)

static void
put_raw(struct text *zone, const char *name, const uint8_t *data, size_t len)
{
	/* A TXT is its strings: those of any length are worth the most. */
	bool strings = strstr(name, " TXT") != NULL;
	size_t pieces = strings ? (len + 254) / 255 : 0;

	if (strings && len == 0)
		return;
	text_printf(zone, "%s \\# %zu ", name, len + pieces);
	for (size_t i = 0; i < len; i++) {
		size_t left = len - i;

		if (strings && i % 255 == 0)
			text_printf(zone, "%02x", (unsigned)(left > 255 ? 255 : left));
		text_printf(zone, "%02x", data[i]);
	}
	text_putc(zone, '\n');
}

static void
put_behaviour(struct text *zone, const char *name, uint8_t which)
{
	static const char *const words[] = { "TIMEOUT", "BOGUS", "NXDOMAIN", "NODATA",
		"SECURE", "TOOLARGE" };
	size_t len = strcspn(name, " ");

	text_printf(zone, "%.*s %s\n", (int)len, name,
	    words[which % (sizeof words / sizeof *words)]);
}

static void
make_zone(struct text *zone, const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;

	text_puts(zone, "else.example A 192.0.2.1\n");
	for (size_t n = 0; data < end && n < ANSWERS; n++) {
		const uint8_t *stop = memchr(data, '\n', (size_t)(end - data));
		size_t len = (size_t)((stop != NULL ? stop : end) - data);
		const char *name = names[n % NAMES];

		if (len == 2 && data[0] == '!')
			put_behaviour(zone, name, data[1]);
		else if (len > 0 && len <= ANSWER_MAX)
			put_raw(zone, name, data, len);
		data += len + (stop != NULL);
	}
}

static void
must_be_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		must(text[i] == '\n' || (text[i] & 0x80) != 0 ||
		     (text[i] >= ' ' && text[i] <= '~'));
}

static void
must_be_page(const char *text)
{
	must(strstr(text, "<script") == NULL && strstr(text, "<img") == NULL);
	must(strstr(text, "</html>") != NULL);
}

static void
tell(const struct result *r, struct pool *pool)
{
	const struct audit_html page = { .result = r, .language = "en" };
	struct page terminal = { 0 };
	struct text json = { 0 };
	char *said = NULL;
	size_t len;
	json_t *read;

	audit_json_write(&json, r, pool);
	read = json_loadb(json.data, json.len, 0, NULL);
	must(read != NULL);
	json_decref(read);
	text_free(&json);
	terminal.out = open_memstream(&said, &len);
	audit_text_write(&terminal, r, pool);
	fclose(terminal.out);
	must_be_printable(said, len);
	free(said);
	terminal.out = open_memstream(&said, &len);
	audit_html_write(terminal.out, &page, pool);
	fclose(terminal.out);
	must_be_page(said);
	free(said);
}

static void
audit(struct resolver *resolver, enum plan_kind kind)
{
	static char name[] = "d.example";
	struct plan_domain domain = { .name = name, .kind = kind };
	struct plan plan = { .domains = &domain, .domain_count = 1 };
	const struct server server = { .is_known = false };
	struct dkim_key_cache *keys = dkim_key_cache_new(0);
	struct pool *pool = pool_new();
	const struct ask_options options = {
		.resolver = resolver, .keys = keys, .plan = &plan, .now = NOW
	};
	const struct rules_options how = {
		.plan = &plan, .server = &server, .today = 20270115
	};
	struct result_domain one = { .facts = ask_domain(&options, &domain, NULL, pool) };
	struct result r = { .plan = &plan,
		.server = &server,
		.host = "host",
		.made = NOW,
		.domains = &one,
		.count = 1 };

	compare_keys(one.facts, NULL);
	one.facts->keys_since_day = "2027-01-15";
	one.verdicts = rules_judge(one.facts, &how, pool, &one.count);
	must(one.count == AUDIT_RULES && one.facts->answer_count <= 400);
	must(one.facts->kind != PLAN_GUESS);
	for (size_t i = 0; i < one.count; i++)
		must(one.verdicts[i].verdict == AUDIT_NOT_APPLICABLE ||
		     one.verdicts[i].phrase != NULL);
	tell(&r, pool);
	pool_free(pool);
	dkim_key_cache_free(keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text zone = { 0 };
	struct resolver *resolver;
	char why[200];

	if (size == 0)
		return 0;
	make_zone(&zone, data + 1, size - 1);
	resolver = resolver_zone_new(zone.data, why, sizeof why);
	text_free(&zone);
	if (resolver == NULL)
		return 0; /* the test's own reader of zones takes it for none */
	audit(resolver, (enum plan_kind)(data[0] % 4));
	resolver_close(resolver);
	return 0;
}
