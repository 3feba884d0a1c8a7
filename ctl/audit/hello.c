#include <string.h>

#include "ctl/audit/hello.h"

#define RECORD_HANDSHAKE 22
#define CLIENT_HELLO 1
#define COMPRESSION_NULL 0
#define COMPRESSION_DEFLATE 1
#define RANDOM_OCTETS 32
#define HOST_MAX 255

enum extension {
	EXTENSION_HOST = 0,
	EXTENSION_GROUPS = 10,
	EXTENSION_POINTS = 11,
	EXTENSION_SIGNATURES = 13,
	EXTENSION_MASTER_SECRET = 23,
	EXTENSION_VERSIONS = 43,
	EXTENSION_PSK_MODES = 45,
	EXTENSION_KEY_SHARE = 51,
	EXTENSION_RENEGOTIATION = 0xff01
};

struct writer {
	uint8_t *out;
	size_t size, len; /* len beyond size: it did not fit */
};

static void
put(struct writer *w, unsigned number, size_t octets)
{
	for (size_t i = octets; i > 0; i--) {
		if (w->len < w->size)
			w->out[w->len] = (uint8_t)(number >> 8 * (i - 1));
		w->len++;
	}
}

static void
put_octets(struct writer *w, const uint8_t *octets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(w, octets[i], 1);
}

/* A length of so many octets, which is known only at its end. */
static size_t
begin(struct writer *w, size_t octets)
{
	put(w, 0, octets);
	return w->len;
}

static void
end(struct writer *w, size_t start, size_t octets)
{
	struct writer length = { w->out, w->size, start - octets };

	put(&length, (unsigned)(w->len - start), octets);
}

static void
put_codes(struct writer *w, struct hello_codes codes)
{
	size_t start = begin(w, 2);

	for (size_t i = 0; i < codes.count; i++)
		put(w, codes.codes[i], 2);
	end(w, start, 2);
}

static size_t
begin_extension(struct writer *w, enum extension type)
{
	put(w, type, 2);
	return begin(w, 2);
}

/* RFC 6066 section 3 */
static void
put_host(struct writer *w, const char *host)
{
	size_t extension = begin_extension(w, EXTENSION_HOST);
	size_t list = begin(w, 2);
	size_t name;

	put(w, 0, 1);
	name = begin(w, 2);
	put_octets(w, (const uint8_t *)host, strnlen(host, HOST_MAX));
	end(w, name, 2);
	end(w, list, 2);
	end(w, extension, 2);
}

static void
put_code_extension(struct writer *w, enum extension type, struct hello_codes codes)
{
	size_t extension;

	if (codes.count == 0)
		return;
	extension = begin_extension(w, type);
	put_codes(w, codes);
	end(w, extension, 2);
}

/* One octet within, behind its length: of what we say nothing else of. */
static void
put_single(struct writer *w, enum extension type, unsigned value)
{
	size_t extension = begin_extension(w, type);

	put(w, 1, 1);
	put(w, value, 1);
	end(w, extension, 2);
}

/*
 * RFC 8446 section 4.2.8: without a key share of ours a server that agrees names the
 * group it wants in HelloRetryRequest.
 */
static void
put_tls_1_3(struct writer *w)
{
	size_t extension = begin_extension(w, EXTENSION_VERSIONS);

	put(w, 2, 1);
	put(w, HELLO_TLS_1_3, 2);
	end(w, extension, 2);
	put_single(w, EXTENSION_PSK_MODES, 1);
	extension = begin_extension(w, EXTENSION_KEY_SHARE);
	put(w, 0, 2);
	end(w, extension, 2);
}

static void
put_extensions(struct writer *w, const struct hello_offer *offer)
{
	size_t all = begin(w, 2);

	if (offer->host != NULL)
		put_host(w, offer->host);
	put_code_extension(w, EXTENSION_GROUPS, offer->groups);
	if (offer->groups.count > 0)
		put_single(w, EXTENSION_POINTS, 0);
	if (offer->version >= HELLO_TLS_1_2)
		put_code_extension(w, EXTENSION_SIGNATURES, offer->signatures);
	end(w, begin_extension(w, EXTENSION_MASTER_SECRET), 2);
	put(w, EXTENSION_RENEGOTIATION, 2);
	put(w, 1, 2); /* RFC 5746 section 3.4: an empty renegotiated_connection */
	put(w, 0, 1);
	if (offer->version >= HELLO_TLS_1_3)
		put_tls_1_3(w);
	end(w, all, 2);
}

static void
put_compressions(struct writer *w, const struct hello_offer *offer)
{
	if (offer->compression && offer->version < HELLO_TLS_1_3) {
		put(w, 2, 1);
		put(w, COMPRESSION_DEFLATE, 1);
	} else {
		put(w, 1, 1);
	}
	put(w, COMPRESSION_NULL, 1);
}

size_t
/* NOLINTNEXTLINE(readability-non-const-parameter): the writer fills it */
hello_write(const struct hello_offer *offer, uint8_t *out, size_t size)
{
	struct writer w = { out, size, 0 };
	bool is_newest = offer->version >= HELLO_TLS_1_3;
	size_t record, message;

	put(&w, RECORD_HANDSHAKE, 1);
	/* RFC 8446 appendix D.2: old servers want an old version here. */
	put(&w, offer->version == HELLO_SSL_3_0 ? HELLO_SSL_3_0 : HELLO_TLS_1_0, 2);
	record = begin(&w, 2);
	put(&w, CLIENT_HELLO, 1);
	message = begin(&w, 3);
	put(&w, is_newest ? HELLO_TLS_1_2 : offer->version, 2);
	put_octets(&w, offer->random, RANDOM_OCTETS);
	put(&w, is_newest ? RANDOM_OCTETS : 0, 1);
	if (is_newest)
		put_octets(&w, offer->random + RANDOM_OCTETS, RANDOM_OCTETS);
	put_codes(&w, offer->suites);
	put_compressions(&w, offer);
	if (offer->version > HELLO_SSL_3_0)
		put_extensions(&w, offer);
	end(&w, message, 3);
	end(&w, record, 2);
	return w.len <= size ? w.len : 0;
}
