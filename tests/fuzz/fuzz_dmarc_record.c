/*
 * Any octets as a DMARC record.  What was read, written down in plain form and read
 * again, is the same; and the steps of a walk are what the text of RFC 9989 says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "mail/dmarc_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hold(bool truth)
{
	if (!truth)
		abort();
}

static const char *
written(const struct dmarc_record *r, struct pool *pool)
{
	static const char psd[] = "uyn";
	const bool *fo = r->failure_options;
	const char *s = pool_printf(pool, "v=DMARC1;p=%s", evidence_policy_name(r->p));

	if (r->has_sp)
		s = pool_printf(pool, "%s;sp=%s", s, evidence_policy_name(r->sp));
	if (r->has_np)
		s = pool_printf(pool, "%s;np=%s", s, evidence_policy_name(r->np));
	if (r->has_t)
		s = pool_printf(pool, "%s;t=%c", s, r->test_mode ? 'y' : 'n');
	s = pool_printf(pool, "%s;aspf=%c;adkim=%c;psd=%c;pct=%d;fo=%s%s%s%s", s,
	    r->strict_spf ? 's' : 'r', r->strict_dkim ? 's' : 'r', psd[r->psd], r->pct,
	    fo[0] ? "0:" : "", fo[1] ? "1:" : "", fo[2] ? "d:" : "", fo[3] ? "s:" : "");
	s = pool_strndup(pool, s, strlen(s) - 1); /* the last ":" */
	if (r->rua != NULL)
		s = pool_printf(pool, "%s;rua=%s", s, r->rua);
	if (r->ruf != NULL)
		s = pool_printf(pool, "%s;ruf=%s", s, r->ruf);
	return s;
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

static void
check_record(const char *text, size_t len, struct pool *pool)
{
	struct dmarc_record r = dmarc_record_parse(text, len, pool), again;
	const char *plain;

	hold(r.usable == (r.reason == NULL));
	hold(r.pct >= 0 && r.pct <= 100);
	hold(r.failure_options[0] || r.failure_options[1] || r.failure_options[2] ||
	     r.failure_options[3]);
	if (!dmarc_record_is(text, len))
		hold(!r.usable && r.psd == DMARC_PSD_UNKNOWN);
	hold(!r.test_mode || r.has_t);
	if (!r.usable)
		return;
	plain = written(&r, pool);
	if (strlen(plain) > DMARC_RECORD_MAX)
		return; /* it grew by its defaults */
	again = dmarc_record_parse(plain, strlen(plain), pool);
	hold(again.usable && again.p == r.p && again.has_sp == r.has_sp &&
	     again.has_np == r.has_np && again.sp == r.sp && again.np == r.np);
	hold(again.strict_spf == r.strict_spf && again.strict_dkim == r.strict_dkim &&
	     again.has_t == r.has_t && again.test_mode == r.test_mode &&
	     again.psd == r.psd && again.pct == r.pct);
	hold(memcmp(again.failure_options, r.failure_options, sizeof r.failure_options) ==
	     0);
	hold(is_same(again.rua, r.rua) && is_same(again.ruf, r.ruf));
}

static size_t
labels_of(const char *name)
{
	size_t labels = 1;

	for (; *name != '\0'; name++)
		labels += *name == '.';
	return labels;
}

static void
check_walk(const char *domain)
{
	const char *names[DMARC_WALK_MAX];
	size_t count = dmarc_record_walk(domain, names), labels = labels_of(domain);

	hold(count == (labels < DMARC_WALK_MAX ? labels : DMARC_WALK_MAX));
	hold(names[0] == domain);
	for (size_t i = 1; i < count; i++) {
		hold(labels_of(names[i]) == count - i);
		hold(names[i][-1] == '.');
		hold(strcmp(domain + strlen(domain) - strlen(names[i]), names[i]) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();

	check_record((const char *)data, size, pool);
	check_walk(pool_strndup(pool, (const char *)data, size));
	pool_free(pool);
	return 0;
}
