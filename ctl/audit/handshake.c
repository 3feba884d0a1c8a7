#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/pool.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/handshake.h"
#include "ctl/audit/handshake_chain.h"
#include "ctl/stream.h"
#include "ctl/text.h"

#define CERTIFICATES_OCTETS (100L * 1024)
#define CHUNK_OCTETS 16384
#define ALL_SUITES "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
#define RSA_SUITES "ALL:COMPLEMENTOFALL:!aECDSA:@SECLEVEL=0"
#define EC_SUITES "aECDSA:@SECLEVEL=0"
#define RSA_SCHEMES                                                                \
	"rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_" \
	"sha256:"                                                                  \
	"rsa_pss_pss_sha384:rsa_pss_pss_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512:"  \
	"RSA+SHA224:RSA+SHA1"
#define EC_SCHEMES \
	"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:ECDSA+SHA224:ECDSA+SHA1"

/* One handshake under way.  The socket is ours, not OpenSSL's: it would raise SIGPIPE. */
struct run {
	const struct handshake *how;
	struct pool *pool;
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;
	size_t octets; /* that came */
	struct probed_handshake found;
};

static bool
set_suites(SSL *ssl, enum probed_key_type only)
{
	if (only == PROBED_KEY_RSA)
		return SSL_set_cipher_list(ssl, RSA_SUITES) == 1 &&
		       SSL_set1_sigalgs_list(ssl, RSA_SCHEMES) == 1;
	if (only == PROBED_KEY_EC)
		return SSL_set_cipher_list(ssl, EC_SUITES) == 1 &&
		       SSL_set1_sigalgs_list(ssl, EC_SCHEMES) == 1;
	return SSL_set_cipher_list(ssl, ALL_SUITES) == 1;
}

static void
add_names(struct run *r)
{
	SSL_set_hostflags(r->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* RFC 7672 section 3.2.2: the host, or the domain that the mail is for. */
	for (size_t i = 0; i < r->how->domain_count; i++)
		SSL_add1_host(r->ssl, r->how->domains[i]);
}

/* False: there is nothing to match with. */
static bool
add_records(struct run *r)
{
	bool some = false;

	for (size_t i = 0; i < r->how->record_count; i++) {
		const struct facts_tlsa *t = &r->how->records[i];

		if (t->usable && SSL_dane_tlsa_add(r->ssl, t->usage, t->selector,
				     t->matching, t->data, t->len) == 1)
			some = true;
	}
	return some;
}

/* False: OpenSSL will not. */
static bool
begin(struct run *r)
{
	const struct handshake *how = r->how;

	/* System-wide settings ask for strength; we want to see weakness. */
	r->context = SSL_CTX_new(TLS_client_method());
	if (r->context == NULL)
		return false;
	SSL_CTX_set_security_level(r->context, 0);
	SSL_CTX_set_min_proto_version(r->context, 0);
	SSL_CTX_set_options(r->context, SSL_OP_LEGACY_SERVER_CONNECT);
	SSL_CTX_set_max_cert_list(r->context, CERTIFICATES_OCTETS);
	SSL_CTX_set_verify(r->context, SSL_VERIFY_NONE, NULL);
	r->in = BIO_new(BIO_s_mem());
	r->out = BIO_new(BIO_s_mem());
	r->ssl = SSL_CTX_dane_enable(r->context) == 1 ? SSL_new(r->context) : NULL;
	if (r->in == NULL || r->out == NULL || r->ssl == NULL) {
		BIO_free(r->in);
		BIO_free(r->out);
		return false;
	}
	BIO_set_mem_eof_return(r->in, -1);
	SSL_set_bio(r->ssl, r->in, r->out);
	if (!set_suites(r->ssl, how->only) || SSL_dane_enable(r->ssl, how->host) != 1)
		return false;
	/* RFC 7672 section 3.1.1: with DANE-EE neither names nor dates count. */
	SSL_dane_set_flags(r->ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	add_names(r);
	r->found.dane_tried = add_records(r);
	return true;
}

/* What OpenSSL would say goes out. */
static enum probed_handshake_end
flush(struct run *r)
{
	char chunk[CHUNK_OCTETS];
	int n;

	while ((n = BIO_read(r->out, chunk, sizeof chunk)) > 0) {
		for (int at = 0; at < n;) {
			ssize_t sent;

			if (!stream_wait(r->how->fd, POLLOUT, r->how->until))
				return PROBED_HANDSHAKE_SILENT;
			sent =
			    send(r->how->fd, chunk + at, (size_t)(n - at), MSG_NOSIGNAL);
			if (sent == -1 && (errno == EINTR || errno == EAGAIN))
				continue;
			if (sent <= 0)
				return PROBED_HANDSHAKE_CLOSED;
			at += (int)sent;
		}
	}
	return PROBED_HANDSHAKE_NONE;
}

/* What comes is OpenSSL's to read. */
static enum probed_handshake_end
fill(struct run *r)
{
	char chunk[CHUNK_OCTETS];
	ssize_t n;

	do {
		if (!stream_wait(r->how->fd, POLLIN, r->how->until))
			return PROBED_HANDSHAKE_SILENT;
		n = recv(r->how->fd, chunk, sizeof chunk, 0);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n <= 0)
		return PROBED_HANDSHAKE_CLOSED;
	r->octets += (size_t)n;
	if (r->octets > HANDSHAKE_OCTETS_MAX)
		return PROBED_HANDSHAKE_SILENT;
	return BIO_write(r->in, chunk, (int)n) == n ? PROBED_HANDSHAKE_NONE
						    : PROBED_HANDSHAKE_SILENT;
}

static enum probed_handshake_end
shake(struct run *r)
{
	enum probed_handshake_end end = PROBED_HANDSHAKE_NONE, sent;

	while (end == PROBED_HANDSHAKE_NONE) {
		int done, error;

		ERR_clear_error();
		done = SSL_connect(r->ssl);
		error = SSL_get_error(r->ssl, done);
		sent = flush(r);
		if (done == 1)
			return PROBED_HANDSHAKE_DONE;
		if (error != SSL_ERROR_WANT_READ)
			return PROBED_HANDSHAKE_FAILED;
		/* Who closed may have said why before. */
		end = sent == PROBED_HANDSHAKE_SILENT ? sent : fill(r);
	}
	return end;
}

static const char *
phrase_of(enum probed_handshake_end end)
{
	unsigned long error = ERR_peek_error();

	switch (end) {
	case PROBED_HANDSHAKE_DONE:
		return NULL;
	case PROBED_HANDSHAKE_CLOSED:
		return N_("it closed the connection during the TLS handshake");
	case PROBED_HANDSHAKE_SILENT:
		return N_("the TLS handshake did not end in time");
	default:
		break;
	}
	if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
	    ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET)
		return N_("the server refused the TLS handshake");
	return N_("what the server sent is not a TLS handshake");
}

static void
take_parameters(struct run *r)
{
	const SSL_CIPHER *suite = SSL_get_current_cipher(r->ssl);

	r->found.version = (uint16_t)SSL_version(r->ssl);
	if (suite != NULL)
		r->found.suite = SSL_CIPHER_get_protocol_id(suite);
	r->found.group = handshake_chain_group((int)SSL_get_negotiated_group(r->ssl));
	r->found.chain = handshake_chain_read(
	    SSL_get_peer_cert_chain(r->ssl), r->pool, &r->found.chain_count);
}

static const char *
dane_phrase(long result)
{
	switch (result) {
	case X509_V_ERR_DANE_NO_MATCH:
		return N_("no TLSA record matches the certificate");
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return N_("the certificate is not for this host");
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return N_("the certificate has expired");
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return N_("the certificate is not valid yet");
	default:
		return N_("the certificates do not lead to what a TLSA record names");
	}
}

/* Which of the records it was. */
static size_t
record_matched(const struct run *r, uint8_t *usage)
{
	uint8_t selector = 0, matching = 0;
	const unsigned char *data = NULL;
	size_t len = 0;

	SSL_get0_dane_tlsa(r->ssl, usage, &selector, &matching, &data, &len);
	for (size_t i = 0; i < r->how->record_count; i++) {
		const struct facts_tlsa *t = &r->how->records[i];

		if (t->usage == *usage && t->selector == selector &&
		    t->matching == matching && t->len == len &&
		    (len == 0 || memcmp(t->data, data, len) == 0))
			return i;
	}
	return 0;
}

/* Of the domains of the host, each by itself. */
static const bool *
covered(const struct run *r)
{
	X509 *own = SSL_get0_peer_certificate(r->ssl);
	bool *covers = pool_alloc(r->pool, (r->how->domain_count + 1) * sizeof *covers);
	bool all = X509_check_host(own, r->how->host, 0,
		       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;

	for (size_t i = 0; i < r->how->domain_count; i++)
		covers[i] = all || X509_check_host(own, r->how->domains[i], 0,
				       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
	return covers;
}

static void
take_dane(struct run *r)
{
	long result = SSL_get_verify_result(r->ssl);
	uint8_t usage = 0;

	if (!r->found.dane_tried) {
		for (size_t i = 0; i < r->how->record_count; i++) {
			if (r->how->records[i].usable)
				r->found.dane_phrase =
				    N_("what the TLSA records hold is not a certificate");
		}
		return;
	}
	r->found.dane_matched =
	    result == X509_V_OK && SSL_get0_dane_authority(r->ssl, NULL, NULL) >= 0;
	if (!r->found.dane_matched) {
		r->found.dane_phrase = dane_phrase(result);
		return;
	}
	r->found.dane_record = record_matched(r, &usage);
	r->found.dane_by_name = usage == 2;
	if (r->found.dane_by_name)
		r->found.covers = covered(r);
}

/* Politely; nobody waits for what it says. */
static void
leave(struct run *r)
{
	SSL_write(r->ssl, "QUIT\r\n", 6);
	SSL_shutdown(r->ssl);
	flush(r);
}

struct probed_handshake
handshake_run(const struct handshake *how, struct pool *pool)
{
	struct run r = { .how = how, .pool = pool };

	if (begin(&r)) {
		r.found.end = shake(&r);
		r.found.phrase = phrase_of(r.found.end);
	} else {
		r.found.phrase = N_("a TLS handshake could not be started here");
	}
	if (r.found.end == PROBED_HANDSHAKE_DONE) {
		take_parameters(&r);
		take_dane(&r);
		leave(&r);
	}
	SSL_free(r.ssl);
	SSL_CTX_free(r.context);
	ERR_clear_error();
	return r.found;
}
