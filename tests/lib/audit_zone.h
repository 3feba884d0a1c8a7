#ifndef AUDIT_ZONE_H
#define AUDIT_ZONE_H

/* Lines of a zone for d.example, for rows of tables. */

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

#endif
