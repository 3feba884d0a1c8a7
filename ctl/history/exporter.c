#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

#include <microhttpd.h>

#include "base/deadline.h"
#include "base/unconst.h"
#include "ctl/figures.h"
#include "ctl/history/exporter.h"
#include "ctl/text.h"

#define CONNECTIONS 16
#define CONNECTION_SECONDS 10
#define CROWDED_MS 1000 /* then who is there longest goes, if others wait */
#define REQUEST_OCTETS \
	8192U /* of a connection's memory, the answer's header among them */
#define WHY_OCTETS 1024
#define LOOK_MS 500

#define TEXT "text/plain; version=0.0.4; charset=utf-8"

/* Who is connected, and since when: libmicrohttpd ends only those that stay silent. */
struct client {
	int fd; /* -1: nobody */
	struct timespec until;
	bool ended; /* by us, and to be closed */
};

struct exporter {
	const char *path;
	int fd; /* that listens */
	struct client clients[CONNECTIONS];
};

bool
exporter_is_built(void)
{
	return true;
}

static struct MHD_Response *
make_response(const char *text, size_t len)
{
	/* It copies, and promises no const. */
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(len, unconst(text), MHD_RESPMEM_MUST_COPY);

	if (response == NULL)
		return NULL;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, TEXT);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	/* A connection that waits for a next request would take another's place. */
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	return response;
}

static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned status, const char *text, size_t len)
{
	struct MHD_Response *response = make_response(text, len);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
answer_line(struct MHD_Connection *connection, unsigned status, const char *line)
{
	return answer(connection, status, line, strlen(line));
}

static enum MHD_Result
answer_figures(struct MHD_Connection *connection, const char *path, bool whole)
{
	struct figures figures;
	char why[WHY_OCTETS];
	enum MHD_Result result;
	size_t len;

	figures_read(path, &figures, why, sizeof why - 1);
	len = strlen(why);
	memcpy(why + len, "\n", 2);
	if (!figures.fresh)
		result = answer_line(connection, MHD_HTTP_SERVICE_UNAVAILABLE, why);
	else if (whole)
		result = answer(connection, MHD_HTTP_OK, figures.text, figures.len);
	else
		result = answer_line(connection, MHD_HTTP_OK, "ok\n");
	figures_free(&figures);
	return result;
}

/* RFC 9112 section 3.2.2: also of "GET http://host/metrics", as some proxies ask. */
static const char *
path_of(const char *target)
{
	static const char scheme[] = "http://";
	const size_t len = sizeof scheme - 1;

	if (strncasecmp(target, scheme, len) != 0 || target[len] == '/')
		return target;
	return target + len + strcspn(target + len, "/");
}

/* NOLINTBEGIN(readability-function-size,readability-non-const-parameter): MHD's */
static enum MHD_Result
on_request(void *cookie, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *body, size_t *body_len,
    void **state)
{
	/* NOLINTEND(readability-function-size,readability-non-const-parameter) */
	const struct exporter *exporter = cookie;
	const char *place = path_of(url);
	bool whole = strcmp(place, "/metrics") == 0;

	(void)version;
	(void)body;
	(void)body_len;
	(void)state;
	if (!whole && strcmp(place, "/health") != 0)
		return answer_line(
		    connection, MHD_HTTP_NOT_FOUND, "there is /metrics and /health\n");
	/* Answered at once, so that nothing of a body is waited for. */
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_line(
		    connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD\n");
	return answer_figures(connection, exporter->path, whole);
}

/* A place for ${fd}, or that of ${fd}. */
static struct client *
find_client(struct exporter *exporter, int fd)
{
	for (size_t i = 0; i < CONNECTIONS; i++) {
		if (exporter->clients[i].fd == fd)
			return &exporter->clients[i];
	}
	return NULL;
}

static void
on_connection(void *cookie, struct MHD_Connection *connection, void **state,
    enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct client *client;

	(void)state;
	if (info == NULL)
		return;
	client = find_client(
	    cookie, what == MHD_CONNECTION_NOTIFY_STARTED ? -1 : info->connect_fd);
	if (client == NULL)
		return;
	client->fd = what == MHD_CONNECTION_NOTIFY_STARTED ? info->connect_fd : -1;
	client->until = deadline_in(CONNECTION_SECONDS * 1000);
	client->ended = false;
}

static void
end_client(struct client *client)
{
	shutdown(client->fd, SHUT_RDWR);
	client->ended = true;
}

/* Who sends an octet now and then is not silent, but has had his time. */
static void
end_late(struct exporter *exporter)
{
	struct timespec now = deadline_in(0);

	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct client *client = &exporter->clients[i];

		if (client->fd != -1 && !client->ended &&
		    deadline_ms_between(&now, &client->until) <= 0)
			end_client(client);
	}
}

/* Who may have to go when all places are taken: who is there longest, and long enough to
 * have asked.  NULL: nobody yet. */
static struct client *
find_oldest(struct exporter *exporter)
{
	const struct timespec late = deadline_in(CONNECTION_SECONDS * 1000 - CROWDED_MS);
	struct client *oldest = NULL;

	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct client *client = &exporter->clients[i];

		if (client->ended)
			return NULL; /* his place comes free */
		if (deadline_ms_between(&late, &client->until) <= 0 &&
		    (oldest == NULL ||
			deadline_ms_between(&client->until, &oldest->until) > 0))
			oldest = client;
	}
	return oldest;
}

/* False: it cannot go on. */
static bool
serve_some(struct exporter *exporter, struct MHD_Daemon *daemon)
{
	const bool crowded = find_client(exporter, -1) == NULL;
	struct client *oldest = crowded ? find_oldest(exporter) : NULL;
	MHD_UNSIGNED_LONG_LONG ms;
	struct timeval time;
	fd_set in, out, odd;
	int last = -1;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&odd);
	if (MHD_get_fdset(daemon, &in, &out, &odd, &last) != MHD_YES)
		return false;
	if (crowded && oldest == NULL)
		FD_CLR(exporter->fd, &in);
	if (MHD_get_timeout(daemon, &ms) != MHD_YES || ms > LOOK_MS)
		ms = LOOK_MS;
	time = (struct timeval){ .tv_usec = (suseconds_t)(ms * 1000) };
	if (select(last + 1, &in, &out, &odd, &time) == -1)
		return errno == EINTR;
	if (oldest != NULL && FD_ISSET(exporter->fd, &in))
		end_client(oldest);
	/* libmicrohttpd would take it and hang up: who is one too many waits instead. */
	if (crowded)
		FD_CLR(exporter->fd, &in);
	return MHD_run_from_select(daemon, &in, &out, &odd) == MHD_YES;
}

bool
exporter_serve(const char *path, int fd)
{
	struct exporter exporter = { .path = path, .fd = fd };
	struct MHD_Daemon *daemon;

	for (size_t i = 0; i < CONNECTIONS; i++)
		exporter.clients[i].fd = -1;
	/* One thread, ours; and silent, as garbage would fill the journal.  Not by epoll:
	 * by that it does not see the end behind half a request. */
	daemon = MHD_start_daemon(MHD_NO_FLAG, 0, NULL, NULL, on_request, &exporter,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)CONNECTION_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)REQUEST_OCTETS, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
	    &exporter, MHD_OPTION_END);
	if (daemon == NULL)
		return false;
	while (serve_some(&exporter, daemon))
		end_late(&exporter);
	MHD_stop_daemon(daemon);
	return false;
}
