#include <string.h>

#include "base/pool.h"
#include "ctl/audit/ncsc.h"
#include "ctl/audit/probed.h"
#include "ctl/audit/rules_host.h"
#include "ctl/audit/rules_row.h"
#include "ctl/audit/rules_tls.h"
#include "ctl/audit/tls_name.h"
#include "ctl/text.h"

/* What is accepted of a kind, and what that means by its level. */
struct kind {
	enum ncsc_level (*level)(uint16_t number);
	const char *(*name)(uint16_t number, struct pool *pool);
	struct rules_row wrong, look;
};

static const struct kind versions = { ncsc_version, tls_name_version,
	{ "tls.version", AUDIT_WRONG, N_("%s accepts versions that are insufficient: %s"),
	    NULL },
	{ "tls.version", AUDIT_LOOK,
	    N_("%s accepts versions that are to be phased out: %s"), NULL } };
static const struct kind suites = { ncsc_suite, tls_name_suite,
	{ "tls.suite", AUDIT_WRONG,
	    N_("%s accepts cipher suites that are insufficient: %s"), NULL },
	{ "tls.suite", AUDIT_LOOK,
	    N_("%s accepts cipher suites that are to be phased out: %s"), NULL } };
static const struct kind groups = { ncsc_group, tls_name_group,
	{ "tls.group", AUDIT_WRONG,
	    N_("%s exchanges keys with groups that are insufficient: %s"), NULL },
	{ "tls.group", AUDIT_LOOK,
	    N_("%s exchanges keys with groups that are to be phased out: %s"), NULL } };
static const struct kind signatures = { ncsc_signature, tls_name_signature,
	{ "tls.signature", AUDIT_WRONG,
	    N_("%s signs the key exchange insufficiently: %s"), NULL },
	{ "tls.signature", AUDIT_LOOK,
	    N_("%s signs the key exchange with something that is to be phased out: %s"),
	    NULL } };

struct list {
	const uint16_t *numbers;
	size_t count;
	bool more; /* than these */
};

/* Those of one level; "": none. */
static const char *
names(struct rules_case *c, const struct kind *kind, struct list list,
    enum ncsc_level level)
{
	const char *all = "";

	for (size_t i = 0; i < list.count; i++) {
		if (kind->level(list.numbers[i]) == level)
			all =
			    pool_printf(c->pool, "%s%s%s", all, *all != '\0' ? ", " : "",
				kind->name(list.numbers[i], c->pool));
	}
	return *all != '\0' && list.more ? pool_printf(c->pool, "%s ...", all) : all;
}

/* False: something is insufficient. */
static bool
judge_kind(struct rules_case *c, const struct probed_host *h, const struct kind *kind,
    struct list list)
{
	const char *bad = names(c, kind, list, NCSC_INSUFFICIENT);
	const char *out = names(c, kind, list, NCSC_PHASE_OUT);

	if (*bad != '\0')
		rules_row_add(
		    c, &kind->wrong, (struct rules_about){ .one = h->name, .two = bad });
	if (*out != '\0')
		rules_row_add(
		    c, &kind->look, (struct rules_about){ .one = h->name, .two = out });
	return *bad == '\0';
}

static const struct rules_row own_prime = { "tls.group", AUDIT_WRONG,
	N_("%s exchanges keys with a prime of its own, which is insufficient (%s bits)"),
	NULL };
static const struct rules_row compression = { "tls.compression", AUDIT_WRONG,
	N_("%s compresses within TLS, which gives away what is encrypted"), NULL };
static const struct rules_row no_extended_secret = { "tls.ems", AUDIT_WRONG,
	N_("%s does not support the extended master secret (RFC 7627)"), NULL };
static const struct rules_row renegotiation = { "tls.renegotiation", AUDIT_WRONG,
	N_("%s does not support secure renegotiation (RFC 5746)"), NULL };
static const struct rules_row order = { "tls.order", AUDIT_LOOK,
	N_("%s picks a cipher suite that is to be phased out where it could have a "
	   "better one: its own order should take precedence"),
	NULL };

static bool
judge_traits(
    struct rules_case *c, const struct probed_host *h, const struct probed_tls *tls)
{
	const struct {
		bool holds;
		enum ncsc_trait trait;
		const struct rules_row *row;
	} rows[] = {
		{ tls->compression, NCSC_COMPRESSION, &compression },
		{ tls->no_extended_secret, NCSC_NO_EXTENDED_MASTER_SECRET,
		    &no_extended_secret },
		{ tls->insecure_renegotiation, NCSC_NO_SECURE_RENEGOTIATION,
		    &renegotiation },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!rows[i].holds || ncsc_trait(rows[i].trait) != NCSC_INSUFFICIENT)
			continue;
		rules_row_add(c, rows[i].row, (struct rules_about){ .one = h->name });
		good = false;
	}
	return good;
}

static bool
judge_accepted(
    struct rules_case *c, const struct probed_host *h, const struct probed_tls *tls)
{
	bool good = judge_kind(
	    c, h, &versions, (struct list){ tls->versions, tls->version_count, false });

	good &= judge_kind(
	    c, h, &suites, (struct list){ tls->bad, tls->bad_count, tls->bad_more });
	good &= judge_kind(c, h, &suites,
	    (struct list){ tls->phase_out, tls->phase_out_count, tls->phase_out_more });
	good &= judge_kind(
	    c, h, &groups, (struct list){ tls->groups, tls->group_count, false });
	good &= judge_kind(c, h, &signatures,
	    (struct list){ tls->signatures, tls->signature_count, false });
	good &= judge_traits(c, h, tls);
	if (tls->dh_bits > 0)
		rules_row_add(c, &own_prime,
		    (struct rules_about){
			.one = h->name, .two = rules_row_number(c, tls->dh_bits) });
	if (tls->order_known && tls->order_wrong)
		rules_row_add(c, &order, (struct rules_about){ .one = h->name });
	return good && tls->dh_bits == 0;
}

/* Certificates: the server's own, and those that vouch for it but for a root. */

static const struct rules_row key_rows[] = {
	[NCSC_PHASE_OUT] = { "tls.key", AUDIT_LOOK,
	    N_("the key of a certificate of %s is to be phased out: %s (%s)"), NULL },
	[NCSC_INSUFFICIENT] = { "tls.key", AUDIT_WRONG,
	    N_("the key of a certificate of %s is insufficient: %s (%s)"), NULL },
};
static const struct rules_row hash_rows[] = {
	[NCSC_PHASE_OUT] = { "tls.hash", AUDIT_LOOK,
	    N_("a certificate of %s is signed with something that is to be phased out: "
	       "%s "
	       "(%s)"),
	    NULL },
	[NCSC_INSUFFICIENT] = { "tls.hash", AUDIT_WRONG,
	    N_("a certificate of %s is signed insufficiently: %s (%s)"), NULL },
};

static enum ncsc_level
key_level(const struct probed_certificate *k)
{
	switch (k->type) {
	case PROBED_KEY_RSA:
		return ncsc_key_rsa((unsigned)k->bits);
	case PROBED_KEY_EC:
		return ncsc_key_curve(k->group);
	case PROBED_KEY_ED:
		return ncsc_key_edwards();
	case PROBED_KEY_OTHER:
		break;
	}
	return NCSC_INSUFFICIENT;
}

/* Returns whether all is good enough. */
static bool
judge_certificate(
    struct rules_case *c, const struct probed_host *h, const struct probed_certificate *k)
{
	enum ncsc_level key = key_level(k), hash = ncsc_hash(k->hash);
	struct rules_about about = { .one = h->name, .three = k->subject };

	about.two = k->type == PROBED_KEY_RSA
			? pool_printf(c->pool, "%s, %d bits", k->key, k->bits)
			: k->key;
	if (key >= NCSC_PHASE_OUT)
		rules_row_add(c, &key_rows[key], about);
	about.two = k->signature;
	if (k->is_root)
		hash = NCSC_GOOD; /* who trusts it has it already */
	if (hash >= NCSC_PHASE_OUT)
		rules_row_add(c, &hash_rows[hash], about);
	return key < NCSC_INSUFFICIENT && hash < NCSC_INSUFFICIENT;
}

#define SEEN_MAX 32

struct seen { /* certificates of a host, each once */
	const char *sha256[SEEN_MAX];
	size_t count;
};

static bool
is_new(struct seen *seen, const struct probed_certificate *k)
{
	for (size_t i = 0; i < seen->count; i++) {
		if (strcmp(seen->sha256[i], k->sha256) == 0)
			return false;
	}
	if (seen->count < SEEN_MAX)
		seen->sha256[seen->count++] = k->sha256;
	return true;
}

static bool
judge_chain(struct rules_case *c, const struct probed_host *h,
    const struct probed_handshake *shake, struct seen *seen)
{
	bool good = true;

	for (size_t i = 0; i < shake->chain_count; i++) {
		const struct probed_certificate *k = &shake->chain[i];

		if ((i == 0 || !k->is_root) && is_new(seen, k))
			good &= judge_certificate(c, h, k);
	}
	return good;
}

static const struct rules_row enough = { "tls.level", AUDIT_OK,
	N_("%s accepts nothing that is insufficient"), NULL };
static const struct rules_row hybrid = { "tls.hybrid", AUDIT_INFO,
	N_("%s can exchange keys in a way that withstands quantum computers"), NULL };

static bool
is_all_known(const struct probed_tls *tls)
{
	return tls->is_known && tls->old_known && tls->bad_known &&
	       tls->phase_out_known && tls->groups_known && tls->signatures_known;
}

void
rules_tls_judge(struct rules_case *c, const struct probed_host *h)
{
	struct seen seen = { .count = 0 };
	bool good = true, known = false;

	for (size_t i = 0; i < h->address_count; i++) {
		const struct probed_address *a = &h->addresses[i];

		good &= judge_chain(c, h, &a->plain, &seen);
		good &= judge_chain(c, h, &a->other, &seen);
		if (!a->tls.is_known)
			continue;
		good &= judge_accepted(c, h, &a->tls);
		known = is_all_known(&a->tls) && a->tls.version_count > 0;
		if (a->tls.hybrid_known && a->tls.hybrid)
			rules_row_add(c, &hybrid, (struct rules_about){ .one = h->name });
	}
	if (good && known)
		rules_row_add(c, &enough, (struct rules_about){ .one = h->name });
}
