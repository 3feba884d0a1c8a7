#include <string.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/pool.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/handshake_chain.h"

#define SUBJECT_OCTETS 300
#define NAME_OCTETS 80
#define GROUP_UNNAMED 0x1000000 /* TLSEXT_nid_unknown: the number of TLS is in it */
#define HASH_OWN 8              /* RFC 8422 section 5.1.3: Intrinsic */

uint16_t
handshake_chain_group(int nid)
{
	static const struct {
		int nid;
		uint16_t group;
	} table[] = {
		{ NID_X9_62_prime192v1, 19 },
		{ NID_secp224r1, 21 },
		{ NID_secp256k1, 22 },
		{ NID_X9_62_prime256v1, 23 },
		{ NID_secp384r1, 24 },
		{ NID_secp521r1, 25 },
		{ NID_brainpoolP256r1, 26 },
		{ NID_brainpoolP384r1, 27 },
		{ NID_brainpoolP512r1, 28 },
		{ NID_X25519, 29 },
		{ NID_X448, 30 },
		{ NID_ffdhe2048, 256 },
		{ NID_ffdhe3072, 257 },
		{ NID_ffdhe4096, 258 },
		{ NID_ffdhe6144, 259 },
		{ NID_ffdhe8192, 260 },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (table[i].nid == nid)
			return table[i].group;
	}
	return (nid & GROUP_UNNAMED) != 0 ? (uint16_t)(nid & 0xffff) : 0;
}

static const char *
subject_of(const X509 *x, struct pool *pool)
{
	BIO *text = BIO_new(BIO_s_mem());
	char *data = NULL;
	const char *subject = "";
	long len;

	if (text == NULL)
		return subject;
	X509_NAME_print_ex(text, X509_get_subject_name(x), 0, XN_FLAG_RFC2253);
	len = BIO_get_mem_data(text, &data);
	if (len > SUBJECT_OCTETS)
		len = SUBJECT_OCTETS;
	if (len > 0 && data != NULL)
		subject = pool_strndup(pool, data, (size_t)len);
	BIO_free(text);
	return subject;
}

static void
take_key(struct probed_certificate *c, const X509 *x, struct pool *pool)
{
	const EVP_PKEY *key = X509_get0_pubkey(x);
	char name[NAME_OCTETS] = "";
	const char *nist;
	int type, nid;

	c->key = "";
	if (key == NULL)
		return;
	type = EVP_PKEY_get_base_id(key);
	c->bits = EVP_PKEY_get_bits(key);
	if (OBJ_nid2sn(type) != NULL)
		c->key = OBJ_nid2sn(type);
	if (type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS) {
		c->type = PROBED_KEY_RSA;
		c->key = "RSA";
	} else if (type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448) {
		c->type = PROBED_KEY_ED;
	} else if (type == EVP_PKEY_EC) {
		c->type = PROBED_KEY_EC;
		EVP_PKEY_get_group_name(key, name, sizeof name, NULL);
		nid = OBJ_txt2nid(name);
		nist = EC_curve_nid2nist(nid);
		c->group = handshake_chain_group(nid);
		c->key = pool_printf(pool, "EC %s", nist != NULL ? nist : name);
	}
}

static uint8_t
hash_of(X509 *x)
{
	static const struct {
		int nid;
		uint8_t hash;
	} table[] = {
		{ NID_md5, 1 },
		{ NID_md5_sha1, 1 },
		{ NID_sha1, 2 },
		{ NID_sha224, 3 },
		{ NID_sha256, 4 },
		{ NID_sha384, 5 },
		{ NID_sha512, 6 },
	};
	int hash = NID_undef, key = NID_undef;

	X509_get_signature_info(x, &hash, &key, NULL, NULL);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (table[i].nid == hash)
			return table[i].hash;
	}
	return key == NID_ED25519 || key == NID_ED448 ? HASH_OWN : 0;
}

static const char *
digest_of(const unsigned char *octets, int len, struct pool *pool)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (octets == NULL || len <= 0 ||
	    EVP_Digest(octets, (size_t)len, digest, &n, EVP_sha256(), NULL) != 1)
		return "";
	return answer_text_hex(digest, n, pool);
}

static int64_t
time_of(const ASN1_TIME *at)
{
	struct tm tm = { 0 };

	return ASN1_TIME_to_tm(at, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void
take(struct probed_certificate *c, X509 *x, struct pool *pool)
{
	unsigned char *octets = NULL;
	int len;

	c->subject = subject_of(x, pool);
	take_key(c, x, pool);
	c->signature = pool_strdup(pool, OBJ_nid2ln(X509_get_signature_nid(x)));
	c->hash = hash_of(x);
	c->is_root = (X509_get_extension_flags(x) & EXFLAG_SS) != 0;
	c->not_after = time_of(X509_get0_notAfter(x));
	len = i2d_X509(x, &octets);
	c->sha256 = digest_of(octets, len, pool);
	OPENSSL_free(octets);
	octets = NULL;
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &octets);
	c->spki_sha256 = digest_of(octets, len, pool);
	OPENSSL_free(octets);
}

const struct probed_certificate *
handshake_chain_read(const STACK_OF(X509) * chain, struct pool *pool, size_t *count)
{
	int n = chain != NULL ? sk_X509_num(chain) : 0;
	struct probed_certificate *list;

	if (n > HANDSHAKE_CHAIN_MAX)
		n = HANDSHAKE_CHAIN_MAX;
	list = pool_alloc(pool, ((size_t)n + 1) * sizeof *list);
	for (int i = 0; i < n; i++)
		take(&list[i], sk_X509_value(chain, i), pool);
	*count = (size_t)n;
	return list;
}
