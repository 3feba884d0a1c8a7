#include <stddef.h>

#include "ctl/audit/hello.h"
#include "ctl/audit/tls_code.h"

struct name {
	unsigned code;
	const char *name;
};

static const struct name versions[] = {
	{ HELLO_SSL_3_0, "SSL 3.0" },
	{ HELLO_TLS_1_0, "TLS 1.0" },
	{ HELLO_TLS_1_1, "TLS 1.1" },
	{ HELLO_TLS_1_2, "TLS 1.2" },
	{ HELLO_TLS_1_3, "TLS 1.3" },
	{ 0, NULL },
};

static const struct name groups[] = {
	{ 1, "sect163k1" },
	{ 2, "sect163r1" },
	{ 3, "sect163r2" },
	{ 4, "sect193r1" },
	{ 5, "sect193r2" },
	{ 6, "sect233k1" },
	{ 7, "sect233r1" },
	{ 8, "sect239k1" },
	{ 9, "sect283k1" },
	{ 10, "sect283r1" },
	{ 11, "sect409k1" },
	{ 12, "sect409r1" },
	{ 13, "sect571k1" },
	{ 14, "sect571r1" },
	{ 15, "secp160k1" },
	{ 16, "secp160r1" },
	{ 17, "secp160r2" },
	{ 18, "secp192k1" },
	{ 19, "secp192r1" },
	{ 20, "secp224k1" },
	{ 21, "secp224r1" },
	{ 22, "secp256k1" },
	{ 23, "secp256r1" },
	{ 24, "secp384r1" },
	{ 25, "secp521r1" },
	{ 26, "brainpoolP256r1" },
	{ 27, "brainpoolP384r1" },
	{ 28, "brainpoolP512r1" },
	{ 29, "x25519" },
	{ 30, "x448" },
	{ 31, "brainpoolP256r1tls13" },
	{ 32, "brainpoolP384r1tls13" },
	{ 33, "brainpoolP512r1tls13" },
	{ 256, "ffdhe2048" },
	{ 257, "ffdhe3072" },
	{ 258, "ffdhe4096" },
	{ 259, "ffdhe6144" },
	{ 260, "ffdhe8192" },
	{ 4587, "SecP256r1MLKEM768" },
	{ 4588, "X25519MLKEM768" },
	{ 4589, "SecP384r1MLKEM1024" },
	{ 0xff01, "explicit_prime" },
	{ 0xff02, "explicit_char2" },
	{ 0, NULL },
};

static const struct name signatures[] = {
	{ 0x0101, "rsa_pkcs1_md5" },
	{ 0x0201, "rsa_pkcs1_sha1" },
	{ 0x0202, "dsa_sha1" },
	{ 0x0203, "ecdsa_sha1" },
	{ 0x0301, "rsa_pkcs1_sha224" },
	{ 0x0302, "dsa_sha224" },
	{ 0x0303, "ecdsa_sha224" },
	{ 0x0401, "rsa_pkcs1_sha256" },
	{ 0x0402, "dsa_sha256" },
	{ 0x0403, "ecdsa_secp256r1_sha256" },
	{ 0x0501, "rsa_pkcs1_sha384" },
	{ 0x0502, "dsa_sha384" },
	{ 0x0503, "ecdsa_secp384r1_sha384" },
	{ 0x0601, "rsa_pkcs1_sha512" },
	{ 0x0602, "dsa_sha512" },
	{ 0x0603, "ecdsa_secp521r1_sha512" },
	{ 0x0804, "rsa_pss_rsae_sha256" },
	{ 0x0805, "rsa_pss_rsae_sha384" },
	{ 0x0806, "rsa_pss_rsae_sha512" },
	{ 0x0807, "ed25519" },
	{ 0x0808, "ed448" },
	{ 0x0809, "rsa_pss_pss_sha256" },
	{ 0x080a, "rsa_pss_pss_sha384" },
	{ 0x080b, "rsa_pss_pss_sha512" },
	{ 0x081a, "ecdsa_brainpoolP256r1tls13_sha256" },
	{ 0x081b, "ecdsa_brainpoolP384r1tls13_sha384" },
	{ 0x081c, "ecdsa_brainpoolP512r1tls13_sha512" },
	{ 0, NULL },
};

static const struct name alerts[] = {
	{ 0, "close_notify" },
	{ 10, "unexpected_message" },
	{ 20, "bad_record_mac" },
	{ 21, "decryption_failed" },
	{ 22, "record_overflow" },
	{ 30, "decompression_failure" },
	{ 40, "handshake_failure" },
	{ 41, "no_certificate" },
	{ 42, "bad_certificate" },
	{ 43, "unsupported_certificate" },
	{ 44, "certificate_revoked" },
	{ 45, "certificate_expired" },
	{ 46, "certificate_unknown" },
	{ 47, "illegal_parameter" },
	{ 48, "unknown_ca" },
	{ 49, "access_denied" },
	{ 50, "decode_error" },
	{ 51, "decrypt_error" },
	{ 60, "export_restriction" },
	{ 70, "protocol_version" },
	{ 71, "insufficient_security" },
	{ 80, "internal_error" },
	{ 86, "inappropriate_fallback" },
	{ 90, "user_canceled" },
	{ 100, "no_renegotiation" },
	{ 109, "missing_extension" },
	{ 110, "unsupported_extension" },
	{ 112, "unrecognized_name" },
	{ 113, "bad_certificate_status_response" },
	{ 115, "unknown_psk_identity" },
	{ 116, "certificate_required" },
	{ 120, "no_application_protocol" },
	{ 0, NULL },
};

static const char *
find(const struct name *names, unsigned code)
{
	for (; names->name != NULL; names++) {
		if (names->code == code)
			return names->name;
	}
	return NULL;
}

const char *
tls_code_version(uint16_t version)
{
	return find(versions, version);
}

const char *
tls_code_group(uint16_t group)
{
	return find(groups, group);
}

const char *
tls_code_signature(uint16_t signature)
{
	return find(signatures, signature);
}

const char *
tls_code_alert(uint8_t alert)
{
	return find(alerts, alert);
}
