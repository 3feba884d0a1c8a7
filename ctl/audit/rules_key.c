#include <string.h>

#include "ctl/audit/rules_key.h"
#include "ctl/audit/rules_row.h"
#include "ctl/text.h"

#define WEAK_BITS 1024 /* RFC 8301: less must not be used */
#define GOOD_BITS 2048 /* RFC 8301: should be */
#define DAY 86400
#define AGE_DAYS 183
#define GRACE_DAYS 31

/* One selector. */

enum key_case {
	KEY_GOOD,
	KEY_SHORT,
	KEY_WEAK,
	KEY_UNUSABLE,
	KEY_REVOKED,
	KEY_MISSING,
	KEY_MISSING_BESIDE,
	KEY_UNKNOWN
};

static const struct rules_row key_rows[] = {
	[KEY_GOOD] = { "dkim.key", AUDIT_OK, N_("selector %s has a key of %s bits (%s)"),
	    NULL },
	[KEY_SHORT] = { "dkim.key", AUDIT_LOOK,
	    N_("selector %s has a key of %s bits (%s); make the next one 2048"), NULL },
	[KEY_WEAK] = { "dkim.key", AUDIT_WRONG,
	    N_("selector %s has a key of %s bits (%s): less than 1024 does not count"),
	    NULL },
	[KEY_UNUSABLE] = { "dkim.key", AUDIT_WRONG,
	    N_("the key of selector %s cannot be used: %s"), NULL },
	[KEY_REVOKED] = { "dkim.revoked", AUDIT_INFO,
	    N_("the key of selector %s is revoked"), NULL },
	[KEY_MISSING] = { "dkim.missing", AUDIT_WRONG, N_("selector %s has no key"),
	    NULL },
	[KEY_MISSING_BESIDE] = { "dkim.missing", AUDIT_LOOK,
	    N_("selector %s of the settings has no key; another one has"), NULL },
	[KEY_UNKNOWN] = { "dkim.answer", AUDIT_UNKNOWN,
	    N_("there was no answer for selector %s: %s"), NULL },
};

static const struct rules_row testing = { "dkim.testing", AUDIT_LOOK,
	N_("the key of selector %s says t=y: receivers may ignore what it signs"), NULL };

static bool
is_weak(const struct facts_key *k)
{
	return k->type == DKIM_RSA && k->bits < WEAK_BITS;
}

static bool
is_good(const struct facts_key *k)
{
	return k->usable && !is_weak(k);
}

static bool
has_good(const struct facts *f)
{
	for (size_t i = 0; i < f->key_count; i++) {
		if (is_good(&f->keys[i]))
			return true;
	}
	return false;
}

static enum key_case
key_case(const struct facts *f, const struct facts_key *k)
{
	if (rules_row_failed(&k->lookup))
		return KEY_UNKNOWN;
	if (!k->found)
		return has_good(f) ? KEY_MISSING_BESIDE : KEY_MISSING;
	if (k->revoked)
		return KEY_REVOKED;
	if (!k->usable)
		return KEY_UNUSABLE;
	if (is_weak(k))
		return KEY_WEAK;
	return k->type == DKIM_RSA && k->bits < GOOD_BITS ? KEY_SHORT : KEY_GOOD;
}

/* A name that was only guessed says nothing when it does not answer. */
static bool
is_silent(const struct facts_key *k, enum key_case which)
{
	return k->guessed && (which == KEY_UNKNOWN || which == KEY_MISSING ||
				 which == KEY_MISSING_BESIDE);
}

static void
judge_key(struct rules_case *c, const struct facts_key *k)
{
	enum key_case which = key_case(c->f, k);
	struct rules_about about = { .one = k->selector, .seen = &k->lookup };

	if (is_silent(k, which))
		return;
	if (which == KEY_UNUSABLE)
		about.two = k->reason;
	else if (which == KEY_UNKNOWN)
		about.two = rules_row_why(&k->lookup);
	else {
		about.two = rules_row_number(c, (unsigned long long)k->bits);
		about.three = k->type == DKIM_RSA ? "RSA" : "Ed25519";
	}
	rules_row_add(c, &key_rows[which], about);
	if (k->usable && k->testing)
		rules_row_add(c, &testing, about);
}

/* No key in use was found at all. */

enum none_case { NONE_PROVEN, NONE_UNKNOWN, NONE_HIDDEN, NONE_REVOKED, NONE_NAMED };

static const struct rules_row none_rows[] = {
	[NONE_PROVEN] = { "dkim.none", AUDIT_WRONG,
	    N_("has no DKIM key: there is nothing below _domainkey"), NULL },
	[NONE_UNKNOWN] = { "dkim.none", AUDIT_UNKNOWN,
	    N_("there was no answer for DKIM keys: %s"), NULL },
	[NONE_HIDDEN] = { "dkim.none", AUDIT_UNKNOWN,
	    N_("no key in use was found at the customary selectors; name yours with "
	       "selectors= in the settings of the audit"),
	    NULL },
	[NONE_REVOKED] = { "dkim.none", AUDIT_WRONG,
	    N_("all keys of the selectors in the settings are revoked"), NULL },
	[NONE_NAMED] = { "dkim.none", AUDIT_INFO,
	    N_("no selector of the settings has a usable key"), NULL },
};

/* That a key is revoked speaks neither for a domain nor against it. */
static bool
is_undecided(const struct rules_case *c)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->checks[i].row != &key_rows[KEY_REVOKED])
			return false;
	}
	return true;
}

static enum none_case
none_case(const struct rules_case *c)
{
	const struct facts *f = c->f;

	if (f->selectors_named)
		return is_undecided(c) ? NONE_REVOKED : NONE_NAMED;
	if (rules_row_failed(&f->domainkey))
		return NONE_UNKNOWN;
	return f->domainkey.status == DNS_NXDOMAIN ? NONE_PROVEN : NONE_HIDDEN;
}

static const struct rules_row all_signed = { "dkim.signed", AUDIT_INFO,
	N_("there is a key; whether all outgoing mail is signed cannot be seen in "
	   "DNS: the DMARC reports show it, the history, and beschermctl test on a "
	   "message that somebody received"),
	NULL };

void
rules_key_signing(struct rules_case *c)
{
	const struct facts *f = c->f;

	for (size_t i = 0; i < f->key_count; i++)
		judge_key(c, &f->keys[i]);
	if (has_good(f))
		rules_row_add(c, &all_signed, (struct rules_about){ 0 });
	else if (f->selectors_named || is_undecided(c))
		rules_row_add(c, &none_rows[none_case(c)],
		    (struct rules_about){
			.one = rules_row_why(&f->domainkey), .seen = &f->domainkey });
}

/* How old they are */

enum age_case { AGE_NO_KEY, AGE_OLD, AGE_SHORT_MEMORY, AGE_YOUNG };

static const struct rules_row age_rows[] = {
	[AGE_NO_KEY] = { "keys.none", AUDIT_UNKNOWN, N_("no key in use was found"),
	    NULL },
	[AGE_OLD] = { "keys.age", AUDIT_WRONG,
	    N_("the key of selector %s has been in use for at least %s days; replace it"),
	    NULL },
	[AGE_SHORT_MEMORY] = { "keys.age", AUDIT_UNKNOWN,
	    N_("DNS does not show how old a key is; measured since %s, it is known after "
	       "half a year of audits"),
	    NULL },
	[AGE_YOUNG] = { "keys.age", AUDIT_OK,
	    N_("all keys were replaced within half a year"), NULL },
};

static const struct rules_row one_key = { "keys.one", AUDIT_LOOK,
	N_("only one selector has a key: with a second one ready, a key that leaked can "
	   "be replaced at once"),
	NULL };
static const struct rules_row same_key = { "keys.same", AUDIT_LOOK,
	N_("the selectors %s and %s have the same key"), NULL };

static int64_t
age_days(const struct facts *f, int64_t since)
{
	return since == 0 ? 0 : ((int64_t)f->now - since) / DAY;
}

static const struct facts_key *
oldest(const struct facts *f, size_t *usable)
{
	const struct facts_key *found = NULL;

	*usable = 0;
	for (size_t i = 0; i < f->key_count; i++) {
		const struct facts_key *k = &f->keys[i];

		*usable += k->usable;
		if (k->usable && (found == NULL || age_days(f, k->first_seen) >
						       age_days(f, found->first_seen)))
			found = k;
	}
	return found;
}

static enum age_case
age_case(const struct facts *f, const struct facts_key *old)
{
	if (old == NULL)
		return AGE_NO_KEY;
	if (age_days(f, old->first_seen) > AGE_DAYS + GRACE_DAYS)
		return AGE_OLD;
	return age_days(f, f->keys_since) > AGE_DAYS + GRACE_DAYS ? AGE_YOUNG
								  : AGE_SHORT_MEMORY;
}

static void
judge_same(struct rules_case *c)
{
	const struct facts *f = c->f;

	for (size_t i = 0; i < f->key_count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct facts_key *a = &f->keys[j], *b = &f->keys[i];

			if (a->usable && b->usable && strcmp(a->hash, b->hash) == 0)
				rules_row_add(c, &same_key,
				    (struct rules_about){
					.one = a->selector, .two = b->selector });
		}
	}
}

void
rules_key_age(struct rules_case *c)
{
	const struct facts *f = c->f;
	size_t usable;
	const struct facts_key *old = oldest(f, &usable);
	enum age_case which = age_case(f, old);
	struct rules_about about = { 0 };

	if (which == AGE_OLD) {
		about.one = old->selector;
		about.two =
		    rules_row_number(c, (unsigned long long)age_days(f, old->first_seen));
		about.seen = &old->lookup;
	} else if (which == AGE_SHORT_MEMORY) {
		about.one = f->keys_since_day;
	}
	rules_row_add(c, &age_rows[which], about);
	if (usable == 1)
		rules_row_add(c, &one_key, (struct rules_about){ 0 });
	judge_same(c);
}
