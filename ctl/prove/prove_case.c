#include "ctl/prove/prove_case.h"
#include "ctl/text.h"

#define T(name) name ".beschermd.test"

/*
 * The reverse-path is null wherever it is not what is tested: what a run that was killed
 * leaves in the queue comes back to nobody.
 */
static const struct prove_case cases[PROVE_CASES] = {
	{ 1, PROVE_STRANGER, T("fail"), "", T("fail"), PROVE_CAUGHT, "fail",
	    N_("forged, the domain asks to refuse it"), false },
	{ 2, PROVE_GOOD, T("spf"), "test@" T("spf"), T("spf"), PROVE_DELIVERED, "pass",
	    N_("genuine by SPF"), false },
	{ 3, PROVE_GOOD, T("spf"), "", T("spf"), PROVE_DELIVERED, "pass",
	    N_("genuine bounce, by SPF of its HELO"), false },
	{ 4, PROVE_STRANGER, T("dkim"), "", T("dkim"), PROVE_DELIVERED, "pass",
	    N_("genuine by DKIM"), false },
	{ 5, PROVE_STRANGER, T("dkim"), "", T("dkim"), PROVE_CAUGHT, "fail",
	    N_("signed, and changed afterwards"), false },
	{ 6, PROVE_STRANGER, T("strict"), "", T("strict"), PROVE_CAUGHT, "fail",
	    N_("signed by a subdomain that does not count (adkim=s)"), false },
	{ 7, PROVE_GOOD, T("sub.strict"), "test@" T("sub.strict"), T("strict"),
	    PROVE_CAUGHT, "fail", N_("SPF of a subdomain that does not count (aspf=s)"),
	    false },
	{ 8, PROVE_STRANGER, T("news.org"), "", T("news.org"), PROVE_DELIVERED, "pass",
	    N_("signed by the domain above it"), true },
	{ 9, PROVE_STRANGER, T("ghost.sp"), "", T("ghost.sp"), PROVE_CAUGHT, "fail",
	    N_("forged, of a subdomain that does not exist (sp=reject)"), true },
	{ 10, PROVE_STRANGER, T("quar"), "", T("quar"), PROVE_CAUGHT, "fail",
	    N_("forged, the domain asks for quarantine"), false },
	{ 11, PROVE_GOOD, T("spf"), "test@" T("spf"), T("spf"), PROVE_DELIVERED, "pass",
	    N_("genuine, with forged results in our name"), false },
	{ 12, PROVE_GOOD, T("spf"), "", T("spf"), PROVE_CAUGHT, "permerror",
	    N_("two authors (From twice)"), false },
	{ 13, PROVE_STRANGER, T("temp"), "", T("temp"), PROVE_DEFERRED, "temperror",
	    N_("SPF that cannot be looked up now"), false },
	{ 14, PROVE_STRANGER, T("none"), "", T("none"), PROVE_DELIVERED, "none",
	    N_("a domain that asks for nothing"), false },
};

const struct prove_case *
prove_case(size_t index)
{
	return &cases[index];
}

struct prove_case
prove_case_own(const char *domain)
{
	return (struct prove_case){ PROVE_CASE_OWN, PROVE_STRANGER, T("none"), "", domain,
		PROVE_UNKNOWN, NULL, N_("forged in the name of this organisation"),
		false };
}

const char *
prove_case_wanted_word(enum prove_wanted wanted)
{
	static const char *const words[] = {
		[PROVE_CAUGHT] = "caught",
		[PROVE_DELIVERED] = "delivered",
		[PROVE_DEFERRED] = "deferred",
		[PROVE_EITHER] = "either",
		[PROVE_UNKNOWN] = "unknown",
	};

	return words[wanted];
}
