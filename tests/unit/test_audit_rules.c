#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "check/dkim_key.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/compare.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/result.h"
#include "ctl/audit/rules.h"
#include "ctl/audit/server.h"
#include "resolver_zone.h"

/*
 * The decision tables of the audit, each row of theirs a row here: a zone, what the plan
 * says of d.example, and what a rule comes to.
 */

#define KEY_512                                                              \
	"\"v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAPajhWWXM8Ij3d" \
	"A8htv+9I4Eh68xMFOrl1/YNpFwERyP9744+GXXQQJLIL3xnFBWm8htg3IucfBxaX"   \
	"NBxGJgV+8CAwEAAQ==\" "
#define KEY_1024                                                             \
	"\"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCcaIJYg5" \
	"V83Ge6OQ/GalYRAA3DReh9sZUQyMUyqAAL/r9qiieIf7X+QGEwwAxSIJ615zyM38"   \
	"l62Sw2cikqyfMuHBLlhd9FrAWhiFry8wYgSJ4feBxoCA/spB9T8zJgcakhE1rY2N"   \
	"M+SdVykh\" "                                                        \
	"\"NZE5ZLDshfq5eEbaFNwRDMkQmtewIDAQAB\" "
#define KEY_2048                                                             \
	"\"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtw" \
	"Y8efpYzsYZCIEXOOeUtSdZjLRZLlBywmH2xG+NT7TAJCLAjM19BeaLj2XlJp14mU"   \
	"YhUoMGmPXEFyeDeAe7ukk6rJks/p/CzxMV8MNF9ldt5cWaBiKi5GMzCpTgVs4TgJ"   \
	"D5xmZybd\" "                                                        \
	"\"f4Lm+PCRonF1mO/3cUa2Mnajod/t+v0CLZJ6mmlXcqCBdtHpWqdCS4mab65JtSCu" \
	"Os/9tDbJ8wQFPi9m3m3A9lmhqWvCa8ccA6rJmIcVksR37hFXVOMNzsFQpSbxj7ln"   \
	"IoaVR30DgYgYQzI9E6/ChlTAGlQGvTZpP8A3oMvr4P8k/05KOFe40DFHJoyhvGrI"   \
	"HY0F4t20\" "                                                        \
	"\"gdlwIDAQAB\" "
#define KEY_2048_T                                                           \
	"\"v=DKIM1; k=rsa; t=y; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCA" \
	"QEAtwY8efpYzsYZCIEXOOeUtSdZjLRZLlBywmH2xG+NT7TAJCLAjM19BeaLj2XlJ"   \
	"p14mUYhUoMGmPXEFyeDeAe7ukk6rJks/p/CzxMV8MNF9ldt5cWaBiKi5GMzCpTgV"   \
	"s4TgJD5x\" "                                                        \
	"\"mZybdf4Lm+PCRonF1mO/3cUa2Mnajod/t+v0CLZJ6mmlXcqCBdtHpWqdCS4mab65" \
	"JtSCuOs/9tDbJ8wQFPi9m3m3A9lmhqWvCa8ccA6rJmIcVksR37hFXVOMNzsFQpSb"   \
	"xj7lnIoaVR30DgYgYQzI9E6/ChlTAGlQGvTZpP8A3oMvr4P8k/05KOFe40DFHJoy"   \
	"hvGrIHY0\" "                                                        \
	"\"F4t20gdlwIDAQAB\" "
#define KEY_ED                                                               \
	"\"v=DKIM1; k=ed25519; p=9CfwPiDV5FQh/iyQ5X71/iwIl8ltMSnSdolG3/56IH" \
	"E=\" "

#define NOW 1800000000
#define DAY 86400

#define SPF "d.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
#define TXT(text) "d.example TXT \"" text "\"\n"
#define KEY "s1._domainkey.d.example TXT " KEY_2048 "\n"
#define DMARC(tags) "_dmarc.d.example TXT \"v=DMARC1; " tags "\"\n"
#define MX "d.example MX 10 mx.d.example\nmx.d.example A 192.0.2.1\n"
#define NULL_MX "d.example MX 0 .\n"
#define PARKED_SPF TXT("v=spf1 -all")
#define SECURE                                                                  \
	"d.example SECURE\nmx.d.example SECURE\n_25._tcp.mx.d.example SECURE\n" \
	"_dmarc.d.example SECURE\n_domainkey.d.example SECURE\n"                \
	"s1._domainkey.d.example SECURE\n"
#define SHA256 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TLSA(head, octets) "_25._tcp.mx.d.example TLSA \\# " octets " " head SHA256 "\n"
#define TLSA_311 TLSA("030101", "35")

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
struct row {
	const char *zone;
	enum plan_kind kind;
	enum audit_rule rule;
	enum audit_verdict verdict;
	const char *id; /* of a check that must be there, at this level */
	enum audit_level level;
	const char *text;              /* the beginning of its text; NULL: any */
	const char *selectors, *flows; /* one each; NULL: none */
};

static const struct row unused_rows[] = {
	{ NULL_MX PARKED_SPF DMARC("p=reject; rua=mailto:a@d.example"), PLAN_NONE,
	    AUDIT_UNUSED, AUDIT_MET, "mx.null", AUDIT_OK, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; rua=mailto:a@d.example"), PLAN_SEND,
	    AUDIT_UNUSED, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL, NULL },
	{ "d.example SERVFAIL MX\n", PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET, "mx.answer",
	    AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "d.example SERVFAIL MX\n" PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_UNTESTED, "mx.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "d.example MX 5 .\n" PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "mx.preference", AUDIT_WRONG, NULL, NULL, NULL },
	{ "d.example MX 0 .\nd.example MX 10 mx.d.example\n" PARKED_SPF DMARC("p=reject"),
	    PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET, "mx.among", AUDIT_WRONG, NULL, NULL,
	    NULL },
	{ MX PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET,
	    "mx.real", AUDIT_WRONG, NULL, NULL, NULL },
	{ "d.example A 192.0.2.7\n" PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "mx.implicit", AUDIT_WRONG, NULL, NULL, NULL },
	{ "d.example AAAA 2001:db8::7\n" PARKED_SPF DMARC("p=reject"), PLAN_NONE,
	    AUDIT_UNUSED, AUDIT_NOT_MET, "mx.implicit", AUDIT_WRONG, NULL, NULL, NULL },
	{ "d.example SERVFAIL A\n" PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_UNTESTED, "mx.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET,
	    "mx.absent", AUDIT_WRONG, NULL, NULL, NULL },
	{ PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET,
	    "mx.superfluous", AUDIT_INFO, NULL, NULL, NULL },
	{ NULL_MX TXT("v=spf1 -all exp=e.d.example") DMARC("p=reject"), PLAN_NONE,
	    AUDIT_UNUSED, AUDIT_MET, "spf.nobody", AUDIT_OK, NULL, NULL, NULL },
	{ NULL_MX "d.example TIMEOUT TXT\n" DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_UNTESTED, "spf.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ NULL_MX DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET, "spf.absent",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX TXT("v=spf1 ~all") DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "spf.more", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX TXT("v=spf1 mx -all") DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "spf.more", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "spf.more", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF "_dmarc.d.example BOGUS\n", PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_UNTESTED, "dmarc.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF, PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET, "dmarc.absent",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=oops"), PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET,
	    "dmarc.unusable", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; t=y"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "dmarc.test", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; pct=0"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "dmarc.test", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=quarantine"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "dmarc.policy", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; sp=none"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "dmarc.below", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; np=none"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "dmarc.below", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED, AUDIT_MET,
	    "dmarc.rua", AUDIT_INFO, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; rua=mailto:a@d.example") KEY, PLAN_NONE,
	    AUDIT_UNUSED, AUDIT_NOT_MET, "dkim.key", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; rua=mailto:a@d.example"), PLAN_NONE,
	    AUDIT_UNUSED, AUDIT_MET, "dkim.none", AUDIT_OK, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC(
	      "p=reject; rua=mailto:a@d.example") "*._domainkey.d.example TXT \"v=DKIM1; "
						  "p=\"\n",
	    PLAN_NONE, AUDIT_UNUSED, AUDIT_MET, "dkim.revoked", AUDIT_LOOK, NULL, NULL,
	    NULL },
	{ NULL_MX PARKED_SPF DMARC(
	      "p=reject; rua=mailto:a@d.example") "zzz._domainkey.d.example TXT "
						  "\"hello\"\n",
	    PLAN_NONE, AUDIT_UNUSED, AUDIT_MET, "dkim.below", AUDIT_LOOK, NULL, NULL,
	    NULL },
	{ NULL_MX PARKED_SPF DMARC(
	      "p=reject; rua=mailto:a@d.example") "*.d.example TXT \"v=spf1 -all\"\n",
	    PLAN_NONE, AUDIT_UNUSED, AUDIT_MET, "dkim.none", AUDIT_OK, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC(
	      "p=reject; rua=mailto:a@d.example") "_domainkey.d.example SERVFAIL\n",
	    PLAN_NONE, AUDIT_UNUSED, AUDIT_UNTESTED, "dkim.answer", AUDIT_UNKNOWN, NULL,
	    NULL, NULL },
};

static const struct row applied_rows[] = {
	{ SPF KEY DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED, AUDIT_MET, "applied.all",
	    AUDIT_OK, NULL, NULL, NULL },
	{ SPF KEY DMARC("p=none"), PLAN_NONE, AUDIT_APPLIED, AUDIT_NOT_APPLICABLE, NULL,
	    AUDIT_OK, NULL, NULL, NULL },
	{ KEY DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED, AUDIT_NOT_MET, "applied.spf",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ SPF SPF KEY DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED, AUDIT_NOT_MET,
	    "applied.spf", AUDIT_WRONG, NULL, NULL, NULL },
	{ TXT("v=spf1 +all") KEY DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED, AUDIT_MET,
	    "applied.spf", AUDIT_OK, NULL, NULL, NULL },
	{ "d.example TIMEOUT TXT\n" KEY DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED,
	    AUDIT_UNTESTED, "applied.spf", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ SPF DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED, AUDIT_NOT_MET, "applied.dkim",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ SPF "zzz._domainkey.d.example TXT \"x\"\n" DMARC("p=none"), PLAN_SEND,
	    AUDIT_APPLIED, AUDIT_UNTESTED, "applied.dkim", AUDIT_UNKNOWN, NULL, NULL,
	    NULL },
	{ SPF "s1._domainkey.d.example TXT " KEY_512 "\n" DMARC("p=none"), PLAN_SEND,
	    AUDIT_APPLIED, AUDIT_NOT_MET, "applied.dkim", AUDIT_WRONG, NULL, NULL, NULL },
	{ SPF "s1._domainkey.d.example TXT " KEY_512 "\n"
	      "s2._domainkey.d.example TXT " KEY_2048 "\n" DMARC("p=none"),
	    PLAN_SEND, AUDIT_APPLIED, AUDIT_MET, "applied.dkim", AUDIT_OK, NULL, NULL,
	    NULL },
	{ SPF "q._domainkey.d.example TIMEOUT\n" DMARC("p=none"), PLAN_SEND,
	    AUDIT_APPLIED, AUDIT_UNTESTED, "applied.dkim", AUDIT_UNKNOWN, NULL, "q",
	    NULL },
	{ SPF KEY, PLAN_SEND, AUDIT_APPLIED, AUDIT_NOT_MET, "applied.dmarc", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ SPF KEY DMARC("p=oops"), PLAN_SEND, AUDIT_APPLIED, AUDIT_NOT_MET,
	    "applied.dmarc", AUDIT_WRONG, NULL, NULL, NULL },
	{ SPF KEY DMARC("p=oops; rua=mailto:a@d.example"), PLAN_SEND, AUDIT_APPLIED,
	    AUDIT_MET, "applied.dmarc", AUDIT_OK, NULL, NULL, NULL },
	{ SPF KEY DMARC("p=none") DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED,
	    AUDIT_NOT_MET, "applied.dmarc", AUDIT_WRONG, NULL, NULL, NULL },
	{ SPF KEY "_dmarc.d.example SERVFAIL\n", PLAN_SEND, AUDIT_APPLIED, AUDIT_UNTESTED,
	    "applied.dmarc", AUDIT_UNKNOWN, NULL, NULL, NULL },
};

static const struct row flows_rows[] = {
	{ SPF, PLAN_SEND, AUDIT_FLOWS, AUDIT_FOLLOWED, "flow.own", AUDIT_OK, NULL, NULL,
	    "staff" },
	{ SPF, PLAN_SEND, AUDIT_FLOWS, AUDIT_FOLLOWED, "flow.shared", AUDIT_LOOK, NULL,
	    NULL, "shared" },
	{ SPF, PLAN_SEND, AUDIT_FLOWS, AUDIT_NOT_FOLLOWED, "flow.several", AUDIT_WRONG,
	    NULL, NULL, "several" },
	{ SPF, PLAN_SEND, AUDIT_FLOWS, AUDIT_UNTESTED, "flow.untold", AUDIT_UNKNOWN, NULL,
	    NULL, NULL },
	{ SPF, PLAN_SEND, AUDIT_FLOWS, AUDIT_UNTESTED, "flow.hint", AUDIT_INFO, NULL,
	    NULL, NULL },
	{ SPF, PLAN_NONE, AUDIT_FLOWS, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL,
	    NULL },
};

static const struct row spf_rows[] = {
	{ SPF, PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.record", AUDIT_OK, NULL, NULL,
	    NULL },
	{ SPF, PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.lookups", AUDIT_INFO, NULL, NULL,
	    NULL },
	{ "", PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.record", AUDIT_WRONG,
	    "has no SPF", NULL, NULL },
	{ SPF TXT("v=spf1 ~all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.record",
	    AUDIT_WRONG, "several", NULL, NULL },
	{ TXT("v=spf1 ip4:nonsense -all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.record", AUDIT_WRONG, "ip4:nonsense", NULL, NULL },
	{ "d.example TIMEOUT TXT\n", PLAN_SEND, AUDIT_SPF, AUDIT_UNTESTED, "spf.record",
	    AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ TXT("v=spf1 a ~all") "d.example A 192.0.2.1\n", PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_OK, "~all", NULL, NULL },
	{ TXT("v=spf1 a -all") "d.example A 192.0.2.1\n", PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_OK, "-all", NULL, NULL },
	{ TXT("v=spf1 +all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.end", AUDIT_WRONG,
	    "+all", NULL, NULL },
	{ TXT("v=spf1 ?all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.end", AUDIT_WRONG,
	    "?all", NULL, NULL },
	{ TXT("v=spf1 ip4:192.0.2.1"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.end",
	    AUDIT_WRONG, "no end", NULL, NULL },
	{ TXT("v=spf1 redirect=r.d.example") "r.d.example TXT \"v=spf1 -all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.end", AUDIT_OK, "-all", NULL, NULL },
	{ TXT("v=spf1 redirect=r.d.example") "r.d.example TXT \"v=spf1 +all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.end", AUDIT_WRONG, "+all", NULL,
	    NULL },
	{ TXT("v=spf1 redirect=%{d}.r.example"), PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_LOOK, NULL, NULL, NULL },
	{ TXT("v=spf1 -all redirect=r.d.example"), PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.behind", AUDIT_LOOK, NULL, NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 +all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG,
	    "whole world", NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 include:j.example "
					       "-all\"\nj.example TXT \"v=spf1 +all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG,
	    "whole world", NULL, NULL },
	{ TXT("v=spf1 -include:i.example -all") "i.example TXT \"v=spf1 +all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.end", AUDIT_OK, NULL, NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 ?all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.end", AUDIT_OK, NULL, NULL, NULL },
	{ TXT("v=spf1 include:i.example -all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.include", AUDIT_WRONG, "has no SPF record", NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 nonsense\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG,
	    "cannot be used", NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 -all\"\ni.example "
					       "TXT \"v=spf1 ~all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG,
	    "cannot be used", NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TIMEOUT\n", PLAN_SEND,
	    AUDIT_SPF, AUDIT_UNTESTED, "spf.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ TXT("v=spf1 a:x.example -all") "x.example TIMEOUT\n", PLAN_SEND, AUDIT_SPF,
	    AUDIT_UNTESTED, "spf.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ TXT("v=spf1 include:d.example -all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.ring", AUDIT_WRONG, NULL, NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 "
					       "redirect=d.example\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.ring", AUDIT_WRONG, NULL, NULL,
	    NULL },
	{ "a1.d.example A 192.0.2.1\n"
	  "a2.d.example A 192.0.2.2\n"
	  "a3.d.example A 192.0.2.3\n"
	  "a4.d.example A 192.0.2.4\n"
	  "a5.d.example A 192.0.2.5\n"
	  "a6.d.example A 192.0.2.6\n"
	  "a7.d.example A 192.0.2.7\n"
	  "a8.d.example A 192.0.2.8\n" TXT(
	      "v=spf1 a:a1.d.example a:a2.d.example a:a3.d.example a:a4.d.example "
	      "a:a5.d.example a:a6.d.example a:a7.d.example a:a8.d.example -all"),
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.lookups", AUDIT_INFO, NULL, NULL,
	    NULL },
	{ "a1.d.example A 192.0.2.1\n"
	  "a2.d.example A 192.0.2.2\n"
	  "a3.d.example A 192.0.2.3\n"
	  "a4.d.example A 192.0.2.4\n"
	  "a5.d.example A 192.0.2.5\n"
	  "a6.d.example A 192.0.2.6\n"
	  "a7.d.example A 192.0.2.7\n"
	  "a8.d.example A 192.0.2.8\n"
	  "a9.d.example A 192.0.2.9\n" TXT(
	      "v=spf1 a:a1.d.example a:a2.d.example a:a3.d.example a:a4.d.example "
	      "a:a5.d.example a:a6.d.example a:a7.d.example a:a8.d.example "
	      "a:a9.d.example -all"),
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.lookups", AUDIT_LOOK, NULL, NULL,
	    NULL },
	{ "a1.d.example A 192.0.2.1\n"
	  "a2.d.example A 192.0.2.2\n"
	  "a3.d.example A 192.0.2.3\n"
	  "a4.d.example A 192.0.2.4\n"
	  "a5.d.example A 192.0.2.5\n"
	  "a6.d.example A 192.0.2.6\n"
	  "a7.d.example A 192.0.2.7\n"
	  "a8.d.example A 192.0.2.8\n"
	  "a9.d.example A 192.0.2.9\n"
	  "a10.d.example A 192.0.2.10\n" TXT(
	      "v=spf1 a:a1.d.example a:a2.d.example a:a3.d.example a:a4.d.example "
	      "a:a5.d.example a:a6.d.example a:a7.d.example a:a8.d.example "
	      "a:a9.d.example a:a10.d.example -all"),
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.lookups", AUDIT_LOOK, NULL, NULL,
	    NULL },
	{ "a1.d.example A 192.0.2.1\n"
	  "a2.d.example A 192.0.2.2\n"
	  "a3.d.example A 192.0.2.3\n"
	  "a4.d.example A 192.0.2.4\n"
	  "a5.d.example A 192.0.2.5\n"
	  "a6.d.example A 192.0.2.6\n"
	  "a7.d.example A 192.0.2.7\n"
	  "a8.d.example A 192.0.2.8\n"
	  "a9.d.example A 192.0.2.9\n"
	  "a10.d.example A 192.0.2.10\n"
	  "a11.d.example A 192.0.2.11\n" TXT(
	      "v=spf1 a:a1.d.example a:a2.d.example a:a3.d.example a:a4.d.example "
	      "a:a5.d.example a:a6.d.example a:a7.d.example a:a8.d.example "
	      "a:a9.d.example a:a10.d.example a:a11.d.example -all"),
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.lookups", AUDIT_WRONG, NULL, NULL,
	    NULL },
	{ TXT("v=spf1 a:x1.example a:x2.example a:x3.example -all"), PLAN_SEND, AUDIT_SPF,
	    AUDIT_NOT_MET, "spf.voids", AUDIT_WRONG, NULL, NULL, NULL },
	{ TXT("v=spf1 a:x1.example mx:x2.example -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_OK, NULL, NULL, NULL },
	{ TXT("v=spf1 mx -all") "d.example MX 10 m0.example\n"
				"d.example MX 10 m1.example\n"
				"d.example MX 10 m2.example\n"
				"d.example MX 10 m3.example\n"
				"d.example MX 10 m4.example\n"
				"d.example MX 10 m5.example\n"
				"d.example MX 10 m6.example\n"
				"d.example MX 10 m7.example\n"
				"d.example MX 10 m8.example\n"
				"d.example MX 10 m9.example\n"
				"d.example MX 10 m10.example\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.hosts", AUDIT_WRONG, NULL, NULL,
	    NULL },
	{ TXT("v=spf1 ip4:192.0.2.0/4 -all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.addresses", AUDIT_WRONG, "268435456", NULL, NULL },
	{ TXT("v=spf1 ip4:10.0.0.0/5 ip4:10.0.0.0/8 -all"), PLAN_SEND, AUDIT_SPF,
	    AUDIT_MET, "spf.addresses", AUDIT_LOOK, "134217728", NULL, NULL },
	{ TXT("v=spf1 ip6:2001::/11 -all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.addresses", AUDIT_WRONG, NULL, NULL, NULL },
	{ TXT("v=spf1 ip6:2001::/19 -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.addresses", AUDIT_LOOK, NULL, NULL, NULL },
	{ TXT("v=spf1 ip4:10.0.0.0/15 -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.wide",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ TXT("v=spf1 -ip4:0.0.0.0/0 ~all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.end",
	    AUDIT_OK, NULL, NULL, NULL },
	{ TXT("v=spf1 ptr -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.ptr", AUDIT_LOOK,
	    NULL, NULL, NULL },
	{ TXT("v=spf1 -all a"), PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.behind", AUDIT_LOOK,
	    NULL, NULL, NULL },
	{ TXT("v=spf1 foo=bar -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.modifier",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ TXT("v=spf1 exists:%{i}.x.example -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.macro", AUDIT_INFO, NULL, NULL, NULL },
	{ SPF, PLAN_NONE, AUDIT_SPF, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL,
	    NULL },
	{ TXT("v=spf1 redirect=t0.example") "t0.example TXT \"v=spf1 "
					    "redirect=t1.example\"\n"
					    "t1.example TXT \"v=spf1 "
					    "redirect=t2.example\"\n"
					    "t2.example TXT \"v=spf1 "
					    "redirect=t3.example\"\n"
					    "t3.example TXT \"v=spf1 "
					    "redirect=t4.example\"\n"
					    "t4.example TXT \"v=spf1 "
					    "redirect=t5.example\"\n"
					    "t5.example TXT \"v=spf1 "
					    "redirect=t6.example\"\n"
					    "t6.example TXT \"v=spf1 "
					    "redirect=t7.example\"\n"
					    "t7.example TXT \"v=spf1 "
					    "redirect=t8.example\"\n"
					    "t8.example TXT \"v=spf1 "
					    "redirect=t9.example\"\n"
					    "t9.example TXT \"v=spf1 "
					    "redirect=t10.example\"\n"
					    "t10.example TXT \"v=spf1 "
					    "redirect=t11.example\"\n"
					    "t11.example TXT \"v=spf1 "
					    "redirect=t12.example\"\n"
					    "t12.example TXT \"v=spf1 "
					    "redirect=t13.example\"\n"
					    "t13.example TXT \"v=spf1 "
					    "redirect=t14.example\"\n"
					    "t14.example TXT \"v=spf1 "
					    "redirect=t15.example\"\n"
					    "t15.example TXT \"v=spf1 "
					    "redirect=t16.example\"\n"
					    "t16.example TXT \"v=spf1 "
					    "redirect=t17.example\"\n"
					    "t17.example TXT \"v=spf1 "
					    "redirect=t18.example\"\n"
					    "t18.example TXT \"v=spf1 "
					    "redirect=t19.example\"\n"
					    "t19.example TXT \"v=spf1 "
					    "redirect=t20.example\"\n"
					    "t20.example TXT \"v=spf1 "
					    "redirect=t21.example\"\n"
					    "t21.example TXT \"v=spf1 "
					    "redirect=t22.example\"\n"
					    "t22.example TXT \"v=spf1 "
					    "redirect=t23.example\"\n"
					    "t23.example TXT \"v=spf1 "
					    "redirect=t24.example\"\n"
					    "t24.example TXT \"v=spf1 "
					    "redirect=t25.example\"\n"
					    "t25.example TXT \"v=spf1 "
					    "redirect=t26.example\"\n"
					    "t26.example TXT \"v=spf1 "
					    "redirect=t27.example\"\n"
					    "t27.example TXT \"v=spf1 "
					    "redirect=t28.example\"\n"
					    "t28.example TXT \"v=spf1 "
					    "redirect=t29.example\"\n"
					    "t29.example TXT \"v=spf1 "
					    "redirect=t30.example\"\n"
					    "t30.example TXT \"v=spf1 "
					    "redirect=t31.example\"\n"
					    "t31.example TXT \"v=spf1 "
					    "redirect=t32.example\"\n"
					    "t32.example TXT \"v=spf1 "
					    "redirect=t33.example\"\n"
					    "t33.example TXT \"v=spf1 "
					    "redirect=t34.example\"\n"
					    "t34.example TXT \"v=spf1 "
					    "redirect=t35.example\"\n"
					    "t35.example TXT \"v=spf1 "
					    "redirect=t36.example\"\n"
					    "t36.example TXT \"v=spf1 "
					    "redirect=t37.example\"\n"
					    "t37.example TXT \"v=spf1 "
					    "redirect=t38.example\"\n"
					    "t38.example TXT \"v=spf1 "
					    "redirect=t39.example\"\n"
					    "t39.example TXT \"v=spf1 "
					    "redirect=t40.example\"\n"
					    "t40.example TXT \"v=spf1 "
					    "redirect=t41.example\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.size", AUDIT_WRONG, NULL, NULL,
	    NULL },
};

static const struct row dkim_rows[] = {
	{ KEY, PLAN_SEND, AUDIT_DKIM, AUDIT_MET, "dkim.key", AUDIT_OK, "2048", NULL,
	    NULL },
	{ KEY, PLAN_SEND, AUDIT_DKIM, AUDIT_MET, "dkim.signed", AUDIT_INFO, NULL, NULL,
	    NULL },
	{ KEY, PLAN_SEND, AUDIT_DKIM, AUDIT_MET, "dkim.key", AUDIT_OK, NULL, "s1", NULL },
	{ "s1._domainkey.d.example TXT " KEY_ED "\n", PLAN_SEND, AUDIT_DKIM, AUDIT_MET,
	    "dkim.key", AUDIT_OK, "Ed25519", NULL, NULL },
	{ "s1._domainkey.d.example TXT " KEY_1024 "\n", PLAN_SEND, AUDIT_DKIM, AUDIT_MET,
	    "dkim.key", AUDIT_LOOK, "1024", NULL, NULL },
	{ "s1._domainkey.d.example TXT " KEY_512 "\n", PLAN_SEND, AUDIT_DKIM,
	    AUDIT_NOT_MET, "dkim.key", AUDIT_WRONG, "512", NULL, NULL },
	{ "s1._domainkey.d.example TXT " KEY_512 "\n"
	  "s2._domainkey.d.example TXT " KEY_2048 "\n",
	    PLAN_SEND, AUDIT_DKIM, AUDIT_NOT_MET, "dkim.key", AUDIT_WRONG, "512", NULL,
	    NULL },
	{ "s1._domainkey.d.example TXT \"v=DKIM1; k=oops; p=AAAA\"\n", PLAN_SEND,
	    AUDIT_DKIM, AUDIT_NOT_MET, "dkim.key", AUDIT_WRONG, "cannot be used", NULL,
	    NULL },
	{ "s1._domainkey.d.example TXT \"v=DKIM1; p=\"\n"
	  "s2._domainkey.d.example TXT " KEY_2048 "\n",
	    PLAN_SEND, AUDIT_DKIM, AUDIT_MET, "dkim.revoked", AUDIT_INFO, NULL, NULL,
	    NULL },
	{ KEY, PLAN_SEND, AUDIT_DKIM, AUDIT_NOT_MET, "dkim.missing", AUDIT_WRONG, NULL,
	    "other", NULL },
	{ "q._domainkey.d.example TIMEOUT\n", PLAN_SEND, AUDIT_DKIM, AUDIT_UNTESTED,
	    "dkim.answer", AUDIT_UNKNOWN, NULL, "q", NULL },
	{ "s1._domainkey.d.example TXT " KEY_2048_T "\n", PLAN_SEND, AUDIT_DKIM,
	    AUDIT_MET, "dkim.testing", AUDIT_LOOK, NULL, NULL, NULL },
	{ "", PLAN_SEND, AUDIT_DKIM, AUDIT_NOT_MET, "dkim.none", AUDIT_WRONG, NULL, NULL,
	    NULL },
	{ "zzz._domainkey.d.example TXT \"x\"\n", PLAN_SEND, AUDIT_DKIM, AUDIT_UNTESTED,
	    "dkim.none", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "_domainkey.d.example TIMEOUT\n", PLAN_SEND, AUDIT_DKIM, AUDIT_UNTESTED,
	    "dkim.none", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ KEY "_domainkey.d.example NXDOMAIN\n", PLAN_SEND, AUDIT_DKIM, AUDIT_MET,
	    "dkim.key", AUDIT_OK, NULL, NULL, NULL },
	{ KEY, PLAN_NONE, AUDIT_DKIM, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL,
	    NULL },
};

static const struct row dmarc_rows[] = {
	{ DMARC("p=reject"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.policy", AUDIT_OK,
	    NULL, NULL, NULL },
	{ DMARC("p=quarantine"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.below",
	    AUDIT_OK, NULL, NULL, NULL },
	{ DMARC("p=none"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.policy",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; sp=none"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.below", AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; np=none"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.np",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; np=reject"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.np",
	    AUDIT_OK, NULL, NULL, NULL },
	{ DMARC("p=quarantine; t=y"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.policy", AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; t=y"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.policy",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ DMARC("p=reject; pct=0"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.policy",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ DMARC("p=quarantine; pct=0"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.below", AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; pct=50"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.pct",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ DMARC("p=reject; sp=reject; np=quarantine; t=y"), PLAN_SEND, AUDIT_DMARC,
	    AUDIT_NOT_MET, "dmarc.np", AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; np=reject; t=y"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET,
	    "dmarc.np", AUDIT_LOOK, NULL, NULL, NULL },
	{ DMARC("p=reject; sp=quarantine; t=y"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.below", AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; t=y"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.below",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ "", PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.record", AUDIT_WRONG, NULL,
	    NULL, NULL },
	{ DMARC("p=none") DMARC("p=reject"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.record", AUDIT_WRONG, "several", NULL, NULL },
	{ "_dmarc.d.example TXT \"v=DMARC2; p=reject\"\n", PLAN_SEND, AUDIT_DMARC,
	    AUDIT_NOT_MET, "dmarc.record", AUDIT_WRONG, "looks like", NULL, NULL },
	{ DMARC("p=oops"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.record",
	    AUDIT_WRONG, "nothing", NULL, NULL },
	{ DMARC("p=oops; rua=mailto:a@d.example"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.policy", AUDIT_WRONG, NULL, NULL, NULL },
	{ "_dmarc.d.example TIMEOUT\n", PLAN_SEND, AUDIT_DMARC, AUDIT_UNTESTED,
	    "dmarc.record", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "_dmarc.d.example BOGUS\n", PLAN_SEND, AUDIT_DMARC, AUDIT_UNTESTED,
	    "dmarc.record", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "_dmarc.example TXT \"v=DMARC1; p=none; sp=reject\"\n", PLAN_SEND, AUDIT_DMARC,
	    AUDIT_MET, "dmarc.record", AUDIT_INFO, "example", NULL, NULL },
	{ DMARC("p=reject"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.record",
	    AUDIT_INFO, "of its own", NULL, NULL },
	{ DMARC("p=reject"), PLAN_NONE, AUDIT_DMARC, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK,
	    NULL, NULL, NULL },
};

static const struct row alignment_rows[] = {
	{ DMARC("p=none"), PLAN_SEND, AUDIT_ALIGNMENT, AUDIT_MET, "dmarc.alignment",
	    AUDIT_OK, "SPF relaxed, DKIM relaxed", NULL, NULL },
	{ DMARC("p=none; adkim=s; aspf=r"), PLAN_SEND, AUDIT_ALIGNMENT, AUDIT_MET,
	    "dmarc.alignment", AUDIT_OK, "SPF relaxed, DKIM strict", NULL, NULL },
	{ DMARC("p=none; adkim=x"), PLAN_SEND, AUDIT_ALIGNMENT, AUDIT_MET, "dmarc.mode",
	    AUDIT_LOOK, "adkim", NULL, NULL },
	{ DMARC("p=none; aspf=x"), PLAN_SEND, AUDIT_ALIGNMENT, AUDIT_MET, "dmarc.mode",
	    AUDIT_LOOK, "aspf", NULL, NULL },
	{ "", PLAN_SEND, AUDIT_ALIGNMENT, AUDIT_NOT_MET, "dmarc.record", AUDIT_WRONG,
	    NULL, NULL, NULL },
};

static const struct row reports_rows[] = {
	{ MX DMARC("p=none; rua=mailto:a@d.example"), PLAN_SEND, AUDIT_REPORTS,
	    AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL, NULL },
	{ MX DMARC("p=none; rua=mailto:a@d.example"), PLAN_NONE, AUDIT_REPORTS,
	    AUDIT_FOLLOWED, "rua.mailbox", AUDIT_OK, NULL, NULL, NULL },
	{ DMARC("p=none"), PLAN_SEND, AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.absent",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=none; rua=https://d.example/"), PLAN_SEND, AUDIT_REPORTS,
	    AUDIT_NOT_FOLLOWED, "rua.absent", AUDIT_WRONG, NULL, NULL, NULL },
	{ "", PLAN_SEND, AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "dmarc.record", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example!10m"),
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.permission", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r.example TXT "
						"\"v=DMARC1\"\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL,
	    NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r.example TXT "
						"\"v=DMARC1;\"\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL,
	    NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "*._report._dmarc.r.example TXT "
						"\"v=DMARC1\"\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL,
	    NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r.example TXT "
						"\"v=DMARC12\"\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.permission", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r.example "
						"TIMEOUT\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_UNTESTED, "rua.permission", AUDIT_UNKNOWN,
	    "could not be asked: ", NULL, NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "_dmarc.r.example TIMEOUT\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_UNTESTED, "rua.permission", AUDIT_UNKNOWN,
	    "another organisation", NULL, NULL },
	{ DMARC("p=none; rua=mailto:a@d.example"), PLAN_SEND, AUDIT_REPORTS,
	    AUDIT_NOT_FOLLOWED, "rua.mail", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX DMARC("p=none; rua=mailto:a@d.example"), PLAN_SEND, AUDIT_REPORTS,
	    AUDIT_NOT_FOLLOWED, "rua.mail", AUDIT_WRONG, NULL, NULL, NULL },
	{ "d.example A 192.0.2.1\n" DMARC("p=none; rua=mailto:a@d.example"), PLAN_SEND,
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL, NULL },
	{ "d.example TIMEOUT MX\n" DMARC("p=none; rua=mailto:a@d.example"), PLAN_SEND,
	    AUDIT_REPORTS, AUDIT_UNTESTED, "rua.mail", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ MX DMARC("p=none; rua=mailto:a@d.example; ruf=mailto:b@d.example"), PLAN_SEND,
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.ruf", AUDIT_INFO, NULL, NULL, NULL },
};

static const struct row starttls_rows[] = {
	{ MX, PLAN_MAIL, AUDIT_STARTTLS, AUDIT_UNTESTED, "tls.connection", AUDIT_UNKNOWN,
	    NULL, NULL, NULL },
	{ MX, PLAN_MAIL, AUDIT_STARTTLS, AUDIT_UNTESTED, "tls.host", AUDIT_INFO, NULL,
	    NULL, NULL },
	{ MX, PLAN_SEND, AUDIT_STARTTLS, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL,
	    NULL },
	{ "d.example TIMEOUT MX\n", PLAN_MAIL, AUDIT_STARTTLS, AUDIT_UNTESTED, "tls.mx",
	    AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "", PLAN_MAIL, AUDIT_STARTTLS, AUDIT_NOT_MET, "tls.none", AUDIT_WRONG, NULL,
	    NULL, NULL },
	{ NULL_MX, PLAN_MAIL, AUDIT_STARTTLS, AUDIT_NOT_MET, "tls.none", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "d.example MX 5 192.0.2.1\n", PLAN_MAIL, AUDIT_STARTTLS, AUDIT_NOT_MET,
	    "tls.host", AUDIT_WRONG, "names the address", NULL, NULL },
	{ "d.example MX 5 c.d.example\nc.d.example CNAME mx.r.example\nmx.r.example A "
	  "192.0.2.1\n",
	    PLAN_MAIL, AUDIT_STARTTLS, AUDIT_NOT_MET, "tls.host", AUDIT_WRONG, "alias",
	    NULL, NULL },
	{ "d.example MX 5 gone.d.example\n", PLAN_MAIL, AUDIT_STARTTLS, AUDIT_NOT_MET,
	    "tls.host", AUDIT_WRONG, "no address", NULL, NULL },
	{ "d.example MX 5 slow.d.example\nslow.d.example TIMEOUT\n", PLAN_MAIL,
	    AUDIT_STARTTLS, AUDIT_UNTESTED, "tls.host", AUDIT_UNKNOWN, NULL, NULL, NULL },
};

static const struct row dane_rows[] = {
	{ SECURE MX TLSA_311, PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED, "dane.tlsa",
	    AUDIT_OK, NULL, NULL, NULL },
	{ SECURE MX TLSA_311, PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED, "dane.connection",
	    AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ SECURE MX TLSA_311, PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED, "dane.rollover",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ SECURE MX TLSA_311, PLAN_SEND, AUDIT_DANE, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK,
	    NULL, NULL, NULL },
	{ MX TLSA_311, PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET, "dane.mx", AUDIT_WRONG, NULL,
	    NULL, NULL },
	{ "d.example SECURE\n" MX TLSA_311, PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET,
	    "dane.address", AUDIT_WRONG, NULL, NULL, NULL },
	{ SECURE "d.example MX 5 mx.d.example\nmx.d.example TIMEOUT\n", PLAN_MAIL,
	    AUDIT_DANE, AUDIT_UNTESTED, "dane.address", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "d.example SECURE\nmx.d.example SECURE\n_25._tcp.mx.d.example BOGUS\n" MX,
	    PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET, "dane.tlsa", AUDIT_WRONG,
	    "does not pass", NULL, NULL },
	{ "d.example SECURE\nmx.d.example SECURE\n_25._tcp.mx.d.example SERVFAIL\n" MX,
	    PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET, "dane.tlsa", AUDIT_WRONG,
	    "gets no answer", NULL, NULL },
	{ "d.example SECURE\nmx.d.example SECURE\n" MX TLSA_311, PLAN_MAIL, AUDIT_DANE,
	    AUDIT_NOT_MET, "dane.tlsa", AUDIT_WRONG, "not secured", NULL, NULL },
	{ SECURE MX, PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET, "dane.tlsa", AUDIT_WRONG,
	    "no TLSA", NULL, NULL },
	{ SECURE MX TLSA("010101", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET,
	    "dane.tlsa", AUDIT_WRONG, "none that can be used", NULL, NULL },
	{ SECURE MX TLSA("030201", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET,
	    "dane.tlsa", AUDIT_WRONG, "none that can be used", NULL, NULL },
	{ SECURE MX TLSA("030102", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET,
	    "dane.tlsa", AUDIT_WRONG, "none that can be used", NULL, NULL },
	{ SECURE MX TLSA("030103", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET,
	    "dane.tlsa", AUDIT_WRONG, "none that can be used", NULL, NULL },
	{ SECURE MX TLSA("030100", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED,
	    "dane.tlsa", AUDIT_OK, NULL, NULL, NULL },
	{ SECURE MX TLSA("030001", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED,
	    "dane.whole", AUDIT_LOOK, NULL, NULL, NULL },
	{ SECURE MX "_25._tcp.mx.d.example 90000 TLSA \\# 35 030101" SHA256 "\n",
	    PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED, "dane.ttl", AUDIT_LOOK, NULL, NULL,
	    NULL },
};

static const struct row dnssec_rows[] = {
	{ SECURE MX SPF DMARC("p=none") KEY, PLAN_MAIL, AUDIT_DNSSEC, AUDIT_FOLLOWED,
	    "dnssec.secure", AUDIT_OK, NULL, NULL, NULL },
	{ MX SPF, PLAN_MAIL, AUDIT_DNSSEC, AUDIT_NOT_FOLLOWED, "dnssec.insecure",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ SECURE SPF "d.example BOGUS MX\n", PLAN_MAIL, AUDIT_DNSSEC, AUDIT_NOT_MET,
	    "dnssec.bogus", AUDIT_WRONG, NULL, NULL, NULL },
	{ SECURE SPF "d.example TIMEOUT MX\n", PLAN_MAIL, AUDIT_DNSSEC, AUDIT_UNTESTED,
	    "dnssec.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
};

static const struct row sts_rows[] = {
	{ "_mta-sts.d.example TXT \"v=STSv1; id=20261130;\"\n", PLAN_MAIL, AUDIT_MTA_STS,
	    AUDIT_UNTESTED, "sts.record", AUDIT_OK, NULL, NULL, NULL },
	{ "_mta-sts.d.example TXT \"v=STSv1; id=20261130;\"\n", PLAN_MAIL, AUDIT_MTA_STS,
	    AUDIT_UNTESTED, "sts.policy", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "", PLAN_MAIL, AUDIT_MTA_STS, AUDIT_NOT_FOLLOWED, "sts.absent", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "_mta-sts.d.example TIMEOUT\n", PLAN_MAIL, AUDIT_MTA_STS, AUDIT_UNTESTED,
	    "sts.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "_mta-sts.d.example TXT \"v=STSv1; id=1\"\n"
	  "_mta-sts.d.example TXT \"v=STSv1; id=2\"\n",
	    PLAN_MAIL, AUDIT_MTA_STS, AUDIT_NOT_FOLLOWED, "sts.record", AUDIT_WRONG,
	    "several", NULL, NULL },
	{ "_mta-sts.d.example TXT \"v=STSv1;\"\n", PLAN_MAIL, AUDIT_MTA_STS,
	    AUDIT_NOT_FOLLOWED, "sts.record", AUDIT_WRONG, "id= is missing", NULL, NULL },
	{ "_mta-sts.d.example TXT \"v=STSv1; id=a-b\"\n", PLAN_MAIL, AUDIT_MTA_STS,
	    AUDIT_NOT_FOLLOWED, "sts.record", AUDIT_WRONG, NULL, NULL, NULL },
};

static const struct row tls_rpt_rows[] = {
	{ "_smtp._tls.d.example TXT \"v=TLSRPTv1; rua=mailto:a@d.example\"\n", PLAN_MAIL,
	    AUDIT_TLS_RPT, AUDIT_FOLLOWED, "tlsrpt.record", AUDIT_OK, NULL, NULL, NULL },
	{ "_smtp._tls.d.example TXT "
	  "\"v=TLSRPTv1;rua=https://d.example/x,mailto:a@d.example\"\n",
	    PLAN_MAIL, AUDIT_TLS_RPT, AUDIT_FOLLOWED, "tlsrpt.record", AUDIT_OK, NULL,
	    NULL, NULL },
	{ "", PLAN_MAIL, AUDIT_TLS_RPT, AUDIT_NOT_FOLLOWED, "tlsrpt.absent", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "_smtp._tls.d.example TIMEOUT\n", PLAN_MAIL, AUDIT_TLS_RPT, AUDIT_UNTESTED,
	    "tlsrpt.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "_smtp._tls.d.example TXT \"v=TLSRPTv1; rua=mailto:a@d.example\"\n"
	  "_smtp._tls.d.example TXT \"v=TLSRPTv1; rua=mailto:b@d.example\"\n",
	    PLAN_MAIL, AUDIT_TLS_RPT, AUDIT_NOT_FOLLOWED, "tlsrpt.record", AUDIT_WRONG,
	    "several", NULL, NULL },
	{ "_smtp._tls.d.example TXT \"v=TLSRPTv1;\"\n", PLAN_MAIL, AUDIT_TLS_RPT,
	    AUDIT_NOT_FOLLOWED, "tlsrpt.record", AUDIT_WRONG, "missing", NULL, NULL },
	{ "_smtp._tls.d.example TXT \"v=TLSRPTv1; rua=ftp://d.example\"\n", PLAN_MAIL,
	    AUDIT_TLS_RPT, AUDIT_NOT_FOLLOWED, "tlsrpt.record", AUDIT_WRONG, "neither",
	    NULL, NULL },
};

static const char nothing[] = "else.example A 192.0.2.99\n";

struct run {
	struct pool *pool;
	struct plan plan;
	struct plan_domain domains[2];
	struct resolver *resolver;
	struct dkim_key_cache *keys;
	struct server server;
};

static void
begin(struct run *r, const struct row *row)
{
	char why[200];
	char zone[16384];
	static char name[] = "d.example", other[] = "e.example";

	snprintf(zone, sizeof zone, "%s%s", nothing, row->zone);
	*r = (struct run){ .pool = pool_new() };
	r->domains[0] = (struct plan_domain){ .name = name, .kind = row->kind };
	r->domains[1] = (struct plan_domain){ .name = other, .kind = PLAN_SEND };
	if (row->selectors != NULL)
		wordlist_add(&r->domains[0].selectors, row->selectors);
	if (row->flows != NULL) {
		wordlist_add(&r->domains[0].flows, row->flows);
		wordlist_add(&r->domains[1].flows,
		    strcmp(row->flows, "shared") == 0 ? "shared" : "other");
		if (strcmp(row->flows, "several") == 0)
			wordlist_add(&r->domains[0].flows, "more");
	}
	r->plan.domains = r->domains;
	r->plan.domain_count = 2;
	r->resolver = resolver_zone_new(zone, why, sizeof why);
	if (r->resolver == NULL)
		fail_msg("%s", why);
	r->keys = dkim_key_cache_new(0);
}

static void
end(struct run *r)
{
	resolver_close(r->resolver);
	dkim_key_cache_free(r->keys);
	for (size_t i = 0; i < 2; i++) {
		wordlist_clear(&r->domains[i].selectors);
		wordlist_clear(&r->domains[i].flows);
	}
	wordlist_clear(&r->server.names);
	netlist_clear(&r->server.addresses);
	pool_free(r->pool);
}

static struct facts *
ask(struct run *r)
{
	const struct ask_options options = {
		.resolver = r->resolver, .keys = r->keys, .plan = &r->plan, .now = NOW
	};

	return ask_domain(&options, &r->domains[0], NULL, r->pool);
}

static const struct rules_verdict *
judge(struct run *r, const struct facts *f, enum audit_rule rule)
{
	bool wanted[AUDIT_RULES] = { false };
	const struct rules_options options = { .plan = &r->plan,
		.server = &r->server,
		.wanted = wanted,
		.today = 20270115 };
	const struct rules_verdict *v;
	size_t count;

	wanted[rule] = true;
	v = rules_judge(f, &options, r->pool, &count);
	assert_int_equal(count, 1);
	return v;
}

static bool
has_check(const struct rules_verdict *v, const struct row *row, struct pool *pool)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct rules_check *c = &v->checks[i];

		if (strcmp(c->row->id, row->id) == 0 && c->row->level == row->level &&
		    (row->text == NULL ||
			strstr(result_text(c, pool), row->text) != NULL))
			return true;
	}
	return false;
}

static void
tell(const struct rules_verdict *v, struct pool *pool)
{
	print_message("# %s\n", rules_verdict_code(v->verdict));
	for (size_t i = 0; i < v->count; i++)
		print_message("#   %s %s %s\n", v->checks[i].row->id,
		    rules_level_code(v->checks[i].row->level),
		    result_text(&v->checks[i], pool));
}

static void
check_row(const struct row *row, size_t number)
{
	const struct rules_verdict *v;
	struct run r;

	begin(&r, row);
	v = judge(&r, ask(&r), row->rule);
	if (v->verdict != row->verdict ||
	    (row->id != NULL && !has_check(v, row, r.pool))) {
		print_message("# row %zu: %s\n", number, row->zone);
		tell(v, r.pool);
		fail_msg("row %zu: %s, and %s is meant, with %s", number,
		    rules_verdict_code(v->verdict), rules_verdict_code(row->verdict),
		    row->id != NULL ? row->id : "-");
	}
	end(&r);
}

static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i], i);
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

static void
test_unused(void **state)
{
	(void)state;
	CHECK(unused_rows);
}

static void
test_applied(void **state)
{
	(void)state;
	CHECK(applied_rows);
}

static void
test_flows(void **state)
{
	(void)state;
	CHECK(flows_rows);
}

static void
test_spf(void **state)
{
	(void)state;
	CHECK(spf_rows);
}

static void
test_dkim(void **state)
{
	(void)state;
	CHECK(dkim_rows);
}

static void
test_dmarc(void **state)
{
	(void)state;
	CHECK(dmarc_rows);
}

static void
test_alignment(void **state)
{
	(void)state;
	CHECK(alignment_rows);
}

static void
test_reports(void **state)
{
	(void)state;
	CHECK(reports_rows);
}

static void
test_starttls(void **state)
{
	(void)state;
	CHECK(starttls_rows);
}

static void
test_dane(void **state)
{
	(void)state;
	CHECK(dane_rows);
}

static void
test_dnssec(void **state)
{
	(void)state;
	CHECK(dnssec_rows);
}

static void
test_sts(void **state)
{
	(void)state;
	CHECK(sts_rows);
}

static void
test_tls_rpt(void **state)
{
	(void)state;
	CHECK(tls_rpt_rows);
}

/* What is guessed of a domain of which nothing is known. */
static void
test_guess(void **state)
{
	static const struct {
		const char *zone;
		enum plan_kind kind;
	} rows[] = {
		{ NULL_MX, PLAN_NONE },
		{ PARKED_SPF, PLAN_NONE },
		{ MX, PLAN_MAIL },
		{ MX NULL_MX, PLAN_MAIL },
		{ MX PARKED_SPF, PLAN_MAIL },
		{ SPF, PLAN_SEND },
		{ "", PLAN_SEND },
		{ "d.example TIMEOUT MX\n", PLAN_MAIL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row row = { .zone = rows[i].zone, .kind = PLAN_GUESS };
		struct run r;
		const struct facts *f;

		begin(&r, &row);
		f = ask(&r);
		assert_true(f->guessed);
		if (f->kind != rows[i].kind)
			fail_msg("row %zu: %s", i, plan_kind_word(f->kind));
		end(&r);
	}
}

/* How old keys are is known from earlier runs. */
static void
test_key_age(void **state)
{
	static const struct {
		int64_t since, first; /* days ago; -1: not known from before */
		bool gone;            /* another key stood there */
		enum audit_verdict verdict;
	} rows[] = {
		{ -1, -1, false, AUDIT_UNTESTED },
		{ 10, 10, false, AUDIT_UNTESTED },
		{ 214, 214, false, AUDIT_UNTESTED },
		{ 215, 215, false, AUDIT_NOT_FOLLOWED },
		{ 400, 214, false, AUDIT_FOLLOWED },
		{ 400, 30, false, AUDIT_FOLLOWED },
		{ 400, 300, true, AUDIT_FOLLOWED },
	};
	const struct row row = { .zone = KEY, .kind = PLAN_SEND };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct earlier_key key = { .selector = "s1", .present = true };
		struct earlier_domain before = { .keys = &key, .key_count = 1 };
		const struct rules_verdict *v;
		struct facts *f;
		struct run r;

		begin(&r, &row);
		f = ask(&r);
		key.hash = rows[i].gone ? "00" : f->keys[0].hash;
		key.first_seen = NOW - rows[i].first * DAY;
		before.keys_since = NOW - rows[i].since * DAY;
		compare_keys(f, rows[i].since == -1 ? NULL : &before);
		f->keys_since_day = "2026-01-01";
		v = judge(&r, f, AUDIT_KEYS);
		if (v->verdict != rows[i].verdict)
			fail_msg("row %zu: %s", i, rules_verdict_code(v->verdict));
		end(&r);
	}
}

/* Looks at keys that no verdict hangs on. */
static void
test_key_looks(void **state)
{
	static const struct row rows[] = {
		{ KEY, PLAN_SEND, AUDIT_KEYS, AUDIT_UNTESTED, "keys.one", AUDIT_LOOK,
		    NULL, NULL, NULL },
		{ KEY "s2._domainkey.d.example TXT " KEY_2048 "\n", PLAN_SEND, AUDIT_KEYS,
		    AUDIT_UNTESTED, "keys.same", AUDIT_LOOK, NULL, NULL, NULL },
		{ "", PLAN_SEND, AUDIT_KEYS, AUDIT_UNTESTED, "keys.none", AUDIT_UNKNOWN,
		    NULL, NULL, NULL },
		{ KEY, PLAN_NONE, AUDIT_KEYS, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL,
		    NULL, NULL },
	};

	(void)state;
	CHECK(rows);
}

/* Inbound mail: what this server says of itself. */
static const struct server_door door = { "IgnoreHosts 203.0.0.0/9", NULL, false };
static const struct server_door gate = { "IgnoreHosts 0.0.0.0/1", NULL, true };
static const struct server_door pass = { "Override x.example accept", "2027-01-31",
	false };
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
static const struct {
	struct server server;
	const char *name; /* that is this host */
	enum audit_verdict verdict;
	const char *id;
	enum audit_level level;
} inbound_rows[] = {
	{ { .is_known = false }, "", AUDIT_UNTESTED, "inbound.unseen", AUDIT_UNKNOWN },
	{ { .is_known = true }, "other.example", AUDIT_UNTESTED, "inbound.host",
	    AUDIT_UNKNOWN },
	{ { .is_known = true }, "MX.d.example", AUDIT_MET, "inbound.checks", AUDIT_OK },
	{ { .is_known = true }, "mx.d.example", AUDIT_MET, "inbound.proven", AUDIT_LOOK },
	{ { .is_known = true, .settings_wrong = "x:1: y" }, "mx.d.example", AUDIT_NOT_MET,
	    "inbound.settings", AUDIT_WRONG },
	{ { .is_known = true, .monitor = true }, "mx.d.example", AUDIT_NOT_MET,
	    "inbound.mode", AUDIT_WRONG },
	{ { .is_known = true, .reject_accepts = true }, "mx.d.example", AUDIT_NOT_MET,
	    "inbound.reject", AUDIT_WRONG },
	{ { .is_known = true, .quarantine_accepts = true }, "mx.d.example", AUDIT_NOT_MET,
	    "inbound.quarantine", AUDIT_WRONG },
	{ { .is_known = true, .socket_is_known = true }, "mx.d.example", AUDIT_NOT_MET,
	    "inbound.socket", AUDIT_WRONG },
	{ { .is_known = true, .socket_is_known = true, .socket_answers = true },
	    "mx.d.example", AUDIT_MET, "inbound.checks", AUDIT_OK },
	{ { .is_known = true, .has_postfix = true, .postfix_faults = 2 }, "mx.d.example",
	    AUDIT_NOT_MET, "inbound.postfix", AUDIT_WRONG },
	{ { .is_known = true, .has_postfix = true, .passes_without_us = true },
	    "mx.d.example", AUDIT_MET, "inbound.default", AUDIT_LOOK },
	{ { .is_known = true, .doors = &door, .door_count = 1 }, "mx.d.example",
	    AUDIT_MET, "inbound.door", AUDIT_LOOK },
	{ { .is_known = true, .doors = &pass, .door_count = 1 }, "mx.d.example",
	    AUDIT_MET, "inbound.door", AUDIT_LOOK },
	{ { .is_known = true, .doors = &gate, .door_count = 1 }, "mx.d.example",
	    AUDIT_NOT_MET, "inbound.door", AUDIT_WRONG },
	{ { .is_known = true, .has_history = true, .messages = 5 }, "mx.d.example",
	    AUDIT_MET, "inbound.history", AUDIT_INFO },
};

static void
check_inbound(size_t i)
{
	const struct row mail = { .zone = MX, .kind = PLAN_MAIL };
	const struct row wanted = { .id = inbound_rows[i].id,
		.level = inbound_rows[i].level };
	const struct rules_verdict *v;
	struct run r;

	begin(&r, &mail);
	r.server = inbound_rows[i].server;
	wordlist_add(&r.server.names, inbound_rows[i].name);
	v = judge(&r, ask(&r), AUDIT_INBOUND);
	if (v->verdict != inbound_rows[i].verdict || !has_check(v, &wanted, r.pool)) {
		tell(v, r.pool);
		fail_msg("row %zu: %s", i, inbound_rows[i].id);
	}
	end(&r);
}

static void
test_inbound(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof inbound_rows / sizeof *inbound_rows; i++)
		check_inbound(i);
}

/* An address of ours is as good as a name. */
static void
test_inbound_by_address(void **state)
{
	const struct row mail = { .zone = MX, .kind = PLAN_MAIL };
	const struct rules_verdict *v;
	struct run r;

	(void)state;
	begin(&r, &mail);
	r.server.is_known = true;
	netlist_add(&r.server.addresses, "192.0.2.1");
	assert_int_equal(judge(&r, ask(&r), AUDIT_INBOUND)->verdict, AUDIT_MET);
	end(&r);
	begin(&r,
	    &(const struct row){ .zone = "d.example TIMEOUT MX\n", .kind = PLAN_MAIL });
	r.server.is_known = true;
	v = judge(&r, ask(&r), AUDIT_INBOUND);
	assert_int_equal(v->verdict, AUDIT_UNTESTED);
	assert_string_equal(v->checks[0].row->id, "inbound.mx");
	end(&r);
	begin(&r, &(const struct row){ .zone = NULL_MX, .kind = PLAN_MAIL });
	r.server.is_known = true;
	assert_int_equal(judge(&r, ask(&r), AUDIT_INBOUND)->verdict, AUDIT_UNTESTED);
	end(&r);
}

/* Comply or explain. */
static void
test_explain(void **state)
{
	static const struct {
		const char *zone;
		enum audit_rule rule;
		int until;
		enum audit_verdict verdict;
		bool failing, open;
	} rows[] = {
		{ DMARC("p=none"), AUDIT_DMARC, 20270115, AUDIT_EXPLAINED, false, false },
		{ DMARC("p=none"), AUDIT_DMARC, 20270114, AUDIT_NOT_MET, true, false },
		{ DMARC("p=reject"), AUDIT_DMARC, 20270115, AUDIT_MET, false, false },
		{ "_dmarc.d.example TIMEOUT\n", AUDIT_DMARC, 20270115, AUDIT_EXPLAINED,
		    false, false },
		{ "_dmarc.d.example TIMEOUT\n", AUDIT_DMARC, 20270114, AUDIT_UNTESTED,
		    true, true },
		{ DMARC("p=none"), AUDIT_REPORTS, 20270115, AUDIT_NOT_FOLLOWED, false,
		    false },
	};
	static char reason[] = "because";

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row row = { .zone = rows[i].zone, .kind = PLAN_SEND };
		struct plan_explain e = {
			.rule = rows[i].rule, .until = rows[i].until, .reason = reason
		};
		const struct rules_verdict *v;
		struct run r;

		begin(&r, &row);
		r.plan.explains = &e;
		r.plan.explain_count = 1;
		v = judge(&r, ask(&r), rows[i].rule);
		if (v->verdict != rows[i].verdict ||
		    rules_is_failing(v, false) != rows[i].failing ||
		    rules_is_open(v, false) != rows[i].open || v->explain != &e)
			fail_msg("row %zu: %s", i, rules_verdict_code(v->verdict));
		end(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unused),
		cmocka_unit_test(test_applied),
		cmocka_unit_test(test_flows),
		cmocka_unit_test(test_spf),
		cmocka_unit_test(test_dkim),
		cmocka_unit_test(test_dmarc),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_dane),
		cmocka_unit_test(test_dnssec),
		cmocka_unit_test(test_sts),
		cmocka_unit_test(test_tls_rpt),
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_key_age),
		cmocka_unit_test(test_key_looks),
		cmocka_unit_test(test_inbound),
		cmocka_unit_test(test_inbound_by_address),
		cmocka_unit_test(test_explain),
	};

	return cmocka_run_group_tests_name("audit_rules", tests, NULL, NULL);
}
