/*
 * A filter that checks nothing: what libmilter costs, and with a key what cannot be
 * avoided beside it, one SHA-256 of the body and one RSA verification a message.
 *
 *     do_nothing SOCKET [PRIVATE-KEY.pem]
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmilter/mfapi.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define HASH_SIZE 32
#define SIGNATURE_MAX 512
#define SILENT                                                                           \
	(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_DATA | \
	    SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY)

/* What every message's RSA verification is of. */
static EVP_PKEY *key;
static EVP_MD *sha256;
static unsigned char signed_hash[HASH_SIZE];
static unsigned char signature[SIGNATURE_MAX];
static size_t signature_len = sizeof signature;

static void
must(bool good)
{
	if (!good)
		abort();
}

static EVP_PKEY_CTX *
context(int (*begin)(EVP_PKEY_CTX *))
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

	must(ctx != NULL && begin(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	     EVP_PKEY_CTX_set_signature_md(ctx, sha256) == 1);
	return ctx;
}

static void
prepare(const char *path)
{
	FILE *f = fopen(path, "r");
	EVP_PKEY_CTX *ctx;

	must(f != NULL);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	must(key != NULL && sha256 != NULL);
	ctx = context(EVP_PKEY_sign_init);
	must(EVP_PKEY_sign(ctx, signature, &signature_len, signed_hash, HASH_SIZE) == 1);
	EVP_PKEY_CTX_free(ctx);
}

static sfsistat
/* NOLINTNEXTLINE(readability-function-size): libmilter's parameters */
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long protocol,
    unsigned long unused2, unsigned long unused3, unsigned long *want_actions,
    unsigned long *want_protocol, unsigned long *want2, unsigned long *want3)
{
	(void)ctx;
	(void)unused2;
	(void)unused3;
	*want_actions = actions & SMFIF_ADDHDRS;
	*want_protocol = protocol & (SILENT | SMFIP_NOUNKNOWN);
	*want2 = *want3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
/* NOLINTNEXTLINE(readability-non-const-parameter): libmilter says so */
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *client)
{
	EVP_MD_CTX *hash = key != NULL ? EVP_MD_CTX_new() : NULL;

	(void)name;
	(void)client;
	smfi_setpriv(ctx, hash);
	return SMFIS_NOREPLY;
}

static sfsistat
/* NOLINTNEXTLINE(readability-non-const-parameter): libmilter says so */
on_text(SMFICTX *ctx, char *text)
{
	(void)ctx;
	(void)text;
	return SMFIS_NOREPLY;
}

static sfsistat
on_envelope(SMFICTX *ctx, char **argv)
{
	(void)ctx;
	(void)argv;
	return SMFIS_NOREPLY;
}

static sfsistat
/* NOLINTNEXTLINE(readability-non-const-parameter): libmilter says so */
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	return SMFIS_NOREPLY;
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	EVP_MD_CTX *hash = smfi_getpriv(ctx);

	if (hash != NULL)
		must(EVP_DigestInit_ex(hash, sha256, NULL));
	return SMFIS_NOREPLY;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	EVP_MD_CTX *hash = smfi_getpriv(ctx);

	if (hash != NULL)
		must(EVP_DigestUpdate(hash, data, len));
	return SMFIS_NOREPLY;
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	EVP_MD_CTX *hash = smfi_getpriv(ctx);
	unsigned char value[HASH_SIZE];
	EVP_PKEY_CTX *verification;

	if (hash != NULL) {
		must(EVP_DigestFinal_ex(hash, value, NULL));
		verification = context(EVP_PKEY_verify_init);
		must(EVP_PKEY_verify(verification, signature, signature_len, signed_hash,
			 HASH_SIZE) == 1);
		EVP_PKEY_CTX_free(verification);
	}
	return smfi_insheader(ctx, 0, (char[]){ "X-Nothing" }, (char[]){ "1" }) ==
		       MI_SUCCESS
		   ? SMFIS_CONTINUE
		   : SMFIS_TEMPFAIL;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	EVP_MD_CTX_free(smfi_getpriv(ctx));
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	static const struct smfiDesc callbacks = {
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS,
		.xxfi_negotiate = on_negotiate,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_text,
		.xxfi_envfrom = on_envelope,
		.xxfi_envrcpt = on_envelope,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_close = on_close,
	};
	struct smfiDesc registered = callbacks;
	char name[] = "do-nothing";

	if (argc == 3)
		prepare(argv[2]);
	registered.xxfi_name = name;
	if ((argc != 2 && argc != 3) || smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_register(registered) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS) {
		fprintf(stderr, "usage: do_nothing SOCKET [PRIVATE-KEY.pem]\n");
		return 2;
	}
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
