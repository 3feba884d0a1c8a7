#include <curl/curl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/mem.h"
#include "base/pool.h"
#include "ctl/audit/sts.h"
#include "ctl/text.h"

#define CONNECT_MS 10000L
#define HEAD_OCTETS_MAX 32768
#define TEXT_PLAIN "text/plain"

/* One policy under way. */
struct transfer {
	CURL *curl;
	struct pool *pool;
	struct curl_slist *place; /* where the host is */
	char why[CURL_ERROR_SIZE];
	size_t head_octets;
	bool too_long;
	size_t len;
	char body[STS_OCTETS_MAX];
};

void
sts_begin(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void
sts_end(void)
{
	curl_global_cleanup();
}

static size_t
take_body(char *octets, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * count;

	if (len > sizeof t->body - t->len) {
		t->too_long = true;
		return 0;
	}
	memcpy(t->body + t->len, octets, len);
	t->len += len;
	return len;
}

/* What the library would keep of fields has no bound of its own. */
static size_t
/* NOLINTNEXTLINE(readability-non-const-parameter): as libcurl has it */
take_head(char *octets, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * count;

	(void)octets;
	t->head_octets += len;
	t->too_long = t->head_octets > HEAD_OCTETS_MAX;
	return t->too_long ? 0 : len;
}

/* RFC 8461 section 3.3: over TLS, with a good certificate, and no other place counts. */
static void
set_manners(struct transfer *t)
{
	curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(t->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(t->curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(t->curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(t->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, (long)STS_MS);
	curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->why);
	curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->curl, CURLOPT_HEADERFUNCTION, take_head);
	curl_easy_setopt(t->curl, CURLOPT_HEADERDATA, t);
}

static const char *
bracketed(const char *address, struct pool *pool)
{
	return strchr(address, ':') != NULL ? pool_printf(pool, "[%s]", address)
					    : address;
}

/* "mta-sts.school.example:443:192.0.2.1,[2001:db8::1]": no name is looked up by it. */
static void
set_place(struct transfer *t, const struct sts_fetch *f, const char *host)
{
	const char *place = pool_printf(t->pool, "%s:443:", host);

	if (f->instead != NULL) {
		place = pool_printf(
		    t->pool, "%s%s:%u", place, bracketed(f->instead, t->pool), f->port);
		t->place = curl_slist_append(NULL, place);
		curl_easy_setopt(t->curl, CURLOPT_CONNECT_TO, t->place);
		return;
	}
	for (size_t i = 0; i < f->address_count; i++)
		place = pool_printf(t->pool, "%s%s%s", place, i > 0 ? "," : "",
		    bracketed(f->addresses[i], t->pool));
	t->place = curl_slist_append(NULL, place);
	curl_easy_setopt(t->curl, CURLOPT_RESOLVE, t->place);
}

/* The library writes to sockets as TLS has it, and so a peer that is gone is a signal. */
static CURLcode
perform(CURL *curl)
{
	static const struct timespec now = { 0, 0 };
	sigset_t pipe, before;
	CURLcode code;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &before);
	code = curl_easy_perform(curl);
	while (sigtimedwait(&pipe, NULL, &now) == SIGPIPE)
		continue;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}

static enum sts_end
end_of(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return STS_FETCHED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return STS_CERTIFICATE;
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
		return STS_UNREACHED;
	default:
		return STS_NO_HTTP;
	}
}

static bool
is_plain(CURL *curl)
{
	const size_t n = strlen(TEXT_PLAIN);
	char *type = NULL;

	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	return type != NULL && strncasecmp(type, TEXT_PLAIN, n) == 0 &&
	       (type[n] == '\0' || strchr("; \t", type[n]) != NULL);
}

static struct sts_found
result(struct transfer *t, CURLcode code)
{
	struct sts_found found = { .end = end_of(code) };

	if (t->too_long)
		found.end = STS_TOO_LONG;
	if (found.end != STS_FETCHED) {
		found.words = pool_strdup(
		    t->pool, *t->why != '\0' ? t->why : curl_easy_strerror(code));
		return found;
	}
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &found.status);
	if (found.status != 200) {
		found.end = STS_STATUS;
		return found;
	}
	found.is_text = is_plain(t->curl);
	found.wrong = sts_policy_read(t->body, t->len, &found.policy, t->pool);
	return found;
}

struct sts_found
sts_fetch(const struct sts_fetch *fetch, struct pool *pool)
{
	/* Not in the pool: that stays, and domains are many. */
	struct transfer *t = mem_alloc(sizeof *t);
	const char *host = pool_printf(pool, "mta-sts.%s", fetch->domain);
	struct sts_found found;
	const char *authorities;

	t->pool = pool;
	t->curl = curl_easy_init();
	if (t->curl == NULL) {
		free(t);
		return (struct sts_found){ .end = STS_NOT_TRIED,
			.phrase = N_("libcurl does not work here") };
	}
	set_manners(t);
	set_place(t, fetch, host);
	curl_easy_setopt(t->curl, CURLOPT_URL,
	    pool_printf(pool, "https://%s/.well-known/mta-sts.txt", host));
	/* As with other programs: whose certificates are trusted. */
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it */
	authorities = getenv("SSL_CERT_FILE");
	if (authorities != NULL && *authorities != '\0')
		curl_easy_setopt(t->curl, CURLOPT_CAINFO, authorities);
	found = result(t, perform(t->curl));
	curl_easy_cleanup(t->curl);
	curl_slist_free_all(t->place);
	free(t);
	return found;
}
