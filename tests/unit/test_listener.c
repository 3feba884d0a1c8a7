#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/listener.h"

#define LONG_100                                              \
	"/23456789012345678901234567890123456789012345678901" \
	"2345678901234567890123456789012345678901234567890"

/* A folder of its own for each test. */
struct folder {
	char dir[64], path[96], spec[112];
};

static int
make_folder(void **state)
{
	struct folder *f = calloc(1, sizeof *f);

	snprintf(f->dir, sizeof f->dir, "/tmp/test_listener.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof f->path, "%s/x.sock", f->dir);
	snprintf(f->spec, sizeof f->spec, "unix:%s", f->path);
	*state = f;
	return 0;
}

static int
remove_folder(void **state)
{
	struct folder *f = *state;

	unlink(f->path);
	rmdir(f->dir);
	free(f);
	return 0;
}

/* What libmilter would do. */
static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static void
test_specs(void **state)
{
	static const struct {
		const char *spec;
		const char *wrong; /* part of what is said; NULL: right */
	} rows[] = {
		{ "unix:/run/beschermd/beschermd.sock", NULL },
		{ "local:/run/x.sock", NULL },
		{ "/run/x.sock", NULL },
		{ "unix:/1234567" LONG_100 "/", "folder" },
		{ "unix:/123456" LONG_100, NULL },       /* 107 octets */
		{ "unix:/1234567" LONG_100, "at most" }, /* 108 */
		{ "unix:run/x.sock", "begins with /" },
		{ "unix:", "begins with /" },
		{ "inet:8891@localhost", NULL },
		{ "inet:8891@127.0.0.1", NULL },
		{ "inet:8891@[127.0.0.1]", NULL },
		{ "inet6:8891@::1", NULL },
		{ "inet6:8891@[::1]", NULL },
		{ "inet:smtp@localhost", NULL },
		{ "inet:8891", "@localhost" },
		{ "inet:8891@", "@localhost" },
		{ "inet6:8891", "@localhost" },
		{ "inet:@localhost", "1 to 65535" },
		{ "inet:0@localhost", "1 to 65535" },
		{ "inet:65536@localhost", "1 to 65535" },
		{ "inet:88x@localhost", "1 to 65535" },
		{ "inet:99999999999999999999@localhost", "1 to 65535" },
		{ "inet:no-such-port@localhost", "no such port" },
		{ "inet:8891@[]", "no such host" },
		{ "", "not one of" },
		{ "tcp:8891@localhost", "not one of" },
		{ "8891@localhost", "not one of" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *wrong = listener_check_spec(rows[i].spec);

		if (rows[i].wrong == NULL && wrong != NULL)
			fail_msg("%s: %s", rows[i].spec, wrong);
		if (rows[i].wrong == NULL)
			continue;
		if (wrong == NULL || strstr(wrong, rows[i].wrong) == NULL)
			fail_msg("%s: %s", rows[i].spec, wrong == NULL ? "taken" : wrong);
	}
}

static void
test_free_place(void **state)
{
	struct folder *f = *state;
	struct listener listener = { f->spec, 0660, "", "daemon" };
	char why[400] = "";

	assert_int_equal(listener_check(&listener, why, sizeof why), LISTENER_OK);
	assert_int_equal(listener_prepare(&listener, why, sizeof why), LISTENER_OK);
}

static void
test_live_socket_stays(void **state)
{
	struct folder *f = *state;
	struct listener listener = { f->spec, 0660, "", "daemon" };
	int fd = listen_at(f->path);
	char why[400];

	/* -n beside a running filter finds nothing wrong. */
	assert_int_equal(listener_check(&listener, why, sizeof why), LISTENER_OK);
	assert_int_equal(
	    listener_prepare(&listener, why, sizeof why), LISTENER_UNAVAILABLE);
	assert_non_null(strstr(why, f->path));
	assert_int_equal(access(f->path, F_OK), 0);
	close(fd);
}

/* Nobody accepts and the backlog is full: connect() would wait for ever. */
static void
test_busy_socket_is_live(void **state)
{
	struct folder *f = *state;
	struct listener listener = { f->spec, 0660, "", "daemon" };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = listen_at(f->path), clients[32];
	char why[400];

	snprintf(address.sun_path, sizeof address.sun_path, "%s", f->path);
	for (size_t i = 0; i < 32; i++) {
		clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(
		    clients[i], (const struct sockaddr *)&address, sizeof address);
	}
	assert_int_equal(
	    listener_prepare(&listener, why, sizeof why), LISTENER_UNAVAILABLE);
	for (size_t i = 0; i < 32; i++)
		close(clients[i]);
	close(fd);
}

static void
test_stale_socket_goes(void **state)
{
	struct folder *f = *state;
	struct listener listener = { f->spec, 0660, "", "daemon" };
	char why[400];

	close(listen_at(f->path));
	assert_int_equal(access(f->path, F_OK), 0);
	assert_int_equal(listener_prepare(&listener, why, sizeof why), LISTENER_OK);
	assert_int_equal(access(f->path, F_OK), -1);
}

static void
test_other_files_stay(void **state)
{
	struct folder *f = *state;
	struct listener listener = { f->spec, 0660, "", "daemon" };
	int fd = open(f->path, O_CREAT | O_WRONLY, 0600);
	char why[400];

	close(fd);
	assert_int_equal(listener_prepare(&listener, why, sizeof why), LISTENER_BAD_SPEC);
	assert_non_null(strstr(why, "not a socket"));
	assert_int_equal(access(f->path, F_OK), 0);
}

static void
test_no_folder(void **state)
{
	struct listener listener = { "unix:/nonexistent/beschermd/x.sock", 0660, "mail",
		"daemon" };
	char why[400];

	(void)state;
	assert_int_equal(
	    listener_check(&listener, why, sizeof why), LISTENER_UNAVAILABLE);
	assert_non_null(
	    strstr(why, "install -d -o daemon -g mail -m 2750 /nonexistent/beschermd"));
	listener.group = "no-such-group";
	listener.user = "daemon:mail";
	assert_int_equal(
	    listener_check(&listener, why, sizeof why), LISTENER_UNAVAILABLE);
	assert_non_null(
	    strstr(why, "install -d -o daemon -m 0755 /nonexistent/beschermd"));
}

static void
test_no_group(void **state)
{
	struct folder *f = *state;
	struct listener listener = { f->spec, 0660, "no-such-group", "daemon" };
	char why[400];

	assert_int_equal(listener_check(&listener, why, sizeof why), LISTENER_BAD_SPEC);
	assert_non_null(strstr(why, "no-such-group"));
}

/* As a user without rights, in a child: the exit code says what came of it. */
static enum listener_error
as_nobody(const struct listener *listener, char *why, size_t whysize)
{
	int pipe_ends[2], status;
	pid_t child;

	assert_int_equal(pipe(pipe_ends), 0);
	child = fork();
	if (child == 0) {
		enum listener_error error;

		if (setgid(65534) == -1 || setuid(65534) == -1)
			_exit(99);
		error = listener_prepare(listener, why, whysize);
		(void)!write(pipe_ends[1], why, strlen(why) + 1);
		_exit((int)error);
	}
	waitpid(child, &status, 0);
	close(pipe_ends[1]);
	(void)!read(pipe_ends[0], why, whysize);
	close(pipe_ends[0]);
	return (enum listener_error)WEXITSTATUS(status);
}

static void
test_no_rights(void **state)
{
	struct folder *f = *state;
	struct listener listener = { f->spec, 0660, "", "daemon" };
	char why[400] = "";

	if (geteuid() != 0)
		skip();
	chmod(f->dir, 0755);
	assert_int_equal(as_nobody(&listener, why, sizeof why), LISTENER_NO_RIGHTS);
	assert_non_null(strstr(why, "user nobody"));
	assert_non_null(strstr(why, f->dir));
	assert_non_null(strstr(why, "as user daemon"));
	listener.user = "nobody:nogroup";
	assert_int_equal(as_nobody(&listener, why, sizeof why), LISTENER_NO_RIGHTS);
	assert_non_null(strstr(why, "chown nobody /tmp/"));
}

/* A folder of others is not to be given away. */
static void
test_shared_folder(void **state)
{
	struct folder *f = *state;
	struct listener listener = { f->spec, 0660, "", "nobody" };
	char why[400] = "", other[96];

	if (geteuid() != 0)
		skip();
	chmod(f->dir, 0755);
	snprintf(other, sizeof other, "%s/other", f->dir);
	close(open(other, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(as_nobody(&listener, why, sizeof why), LISTENER_NO_RIGHTS);
	assert_null(strstr(why, "chown"));
	assert_non_null(strstr(why, "a separate folder"));
	unlink(other);
}

static void
test_group_from_the_folder(void **state)
{
	struct folder *f = *state;
	struct listener listener = { f->spec, 0660, "mail", "daemon" };
	char why[400] = "";

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(f->dir, 65534, 8), 0); /* mail, on every Debian */
	chmod(f->dir, 0755);
	assert_int_equal(as_nobody(&listener, why, sizeof why), LISTENER_NO_RIGHTS);
	assert_non_null(strstr(why, "adduser nobody mail"));
	chmod(f->dir, 02755);
	assert_int_equal(as_nobody(&listener, why, sizeof why), LISTENER_OK);
}

static void
test_only_our_own_is_removed(void **state)
{
	struct folder *f = *state;
	struct listener listener = { f->spec, 0660, "", "daemon" };
	struct listener_file file;
	struct stat st;
	char why[400];
	int first = listen_at(f->path), second;

	assert_int_equal(listener_finish(&listener, &file, why, sizeof why), LISTENER_OK);
	assert_string_equal(file.path, f->path);
	/* Another one has taken our place: the inode is not free, as ours is open. */
	unlink(f->path);
	second = listen_at(f->path);
	assert_int_equal(stat(f->path, &st), 0);
	assert_true(st.st_ino != file.inode);
	listener_remove(&file);
	assert_int_equal(access(f->path, F_OK), 0);

	assert_int_equal(listener_finish(&listener, &file, why, sizeof why), LISTENER_OK);
	listener_remove(&file);
	assert_int_equal(access(f->path, F_OK), -1);
	close(first);
	close(second);
}

static int
inet_listener(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void
test_port_in_use(void **state)
{
	char spec[64], why[400];
	struct listener listener = { spec, 0, "", "daemon" };
	int port, fd = inet_listener(&port);

	(void)state;
	snprintf(spec, sizeof spec, "inet:%d@localhost", port);
	assert_int_equal(
	    listener_prepare(&listener, why, sizeof why), LISTENER_UNAVAILABLE);
	assert_non_null(strstr(why, spec));
	close(fd);
	assert_int_equal(listener_prepare(&listener, why, sizeof why), LISTENER_OK);
	snprintf(spec, sizeof spec, "inet:%d@192.0.2.1", port); /* not ours */
	assert_int_equal(
	    listener_prepare(&listener, why, sizeof why), LISTENER_UNAVAILABLE);
}

static int
nodelay_of(int fd)
{
	int value = -1;
	socklen_t len = sizeof value;

	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
	return value;
}

/* What accept() gives, libmilter uses as it is. */
static void
test_accepted_sockets_do_not_delay(void **state)
{
	char spec[64], why[400];
	struct listener listener = { spec, 0, "", "daemon" };
	struct listener_file file;
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	int port, fd = inet_listener(&port), client, accepted;

	(void)state;
	snprintf(spec, sizeof spec, "inet:%d@localhost", port);
	assert_int_equal(nodelay_of(fd), 0);
	assert_int_equal(listener_finish(&listener, &file, why, sizeof why), LISTENER_OK);
	assert_null(file.path);
	client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, len), 0);
	accepted = accept(fd, NULL, NULL);
	assert_true(accepted != -1);
	assert_int_equal(nodelay_of(accepted), 1);
	close(accepted);
	close(client);
	close(fd);
}

#define WITH_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specs),
		WITH_FOLDER(test_free_place),
		WITH_FOLDER(test_live_socket_stays),
		WITH_FOLDER(test_busy_socket_is_live),
		WITH_FOLDER(test_stale_socket_goes),
		WITH_FOLDER(test_other_files_stay),
		cmocka_unit_test(test_no_folder),
		WITH_FOLDER(test_no_group),
		WITH_FOLDER(test_no_rights),
		WITH_FOLDER(test_shared_folder),
		WITH_FOLDER(test_group_from_the_folder),
		WITH_FOLDER(test_only_our_own_is_removed),
		cmocka_unit_test(test_port_in_use),
		cmocka_unit_test(test_accepted_sockets_do_not_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
