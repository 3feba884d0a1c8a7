#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/service.h"
#include "edge/service_notify.h"

/* Run ${act} in a child, as it changes the process: its value is the exit code. */
static int
in_child(int (*act)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(act());
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#define EXPECT(event, line)                          \
	do {                                         \
		if (service_wait(-1, -1) != (event)) \
			return (line);               \
	} while (0)

/* Those that come before the first wait are kept: a stop during the start. */
static int
signals_become_events(void)
{
	service_block_signals();
	kill(getpid(), SIGUSR1);
	EXPECT(SERVICE_RELOAD, 1);
	kill(getpid(), SIGHUP);
	EXPECT(SERVICE_RELOAD, 2);
	kill(getpid(), SIGINT);
	EXPECT(SERVICE_STOP, 3);
	kill(getpid(), SIGTERM);
	EXPECT(SERVICE_STOP, 4);
	service_stop();
	EXPECT(SERVICE_STOP, 5);
	return 0;
}

static int
early_stop_is_kept(void)
{
	service_block_signals();
	kill(getpid(), SIGTERM);
	EXPECT(SERVICE_STOP, 1);
	return 0;
}

static int
broken_pipe_is_survived(void)
{
	int ends[2];

	service_block_signals();
	if (pipe(ends) == -1)
		return 1;
	close(ends[0]);
	return write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 2;
}

static void
test_signals(void **state)
{
	(void)state;
	assert_int_equal(in_child(signals_become_events), 0);
	assert_int_equal(in_child(early_stop_is_kept), 0);
	assert_int_equal(in_child(broken_pipe_is_survived), 0);
}

/* Does /proc/self/status have ${line}? */
static int
status_has(const char *line)
{
	char text[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t len = read(fd, text, sizeof text - 1);

	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return strstr(text, line) != NULL;
}

static int
nobody_has_no_rights(void)
{
	char why[200];

	if (service_drop_privileges("nobody", why, sizeof why) == -1)
		return 1;
	if (geteuid() != 65534 || getuid() != 65534 || getegid() != 65534)
		return 2;
	if (setuid(0) != -1 || setgid(0) != -1)
		return 3;
	if (!status_has("\nCapEff:\t0000000000000000\n") ||
	    !status_has("\nCapPrm:\t0000000000000000\n") ||
	    !status_has("\nCapInh:\t0000000000000000\n") ||
	    !status_has("\nCapBnd:\t0000000000000000\n") ||
	    !status_has("\nCapAmb:\t0000000000000000\n"))
		return 4;
	if (!status_has("\nNoNewPrivs:\t1\n"))
		return 5;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 6;
	return umask(0) == 077 ? 0 : 7;
}

static int
group_may_be_named(void)
{
	char why[200];

	if (service_drop_privileges("nobody:mail", why, sizeof why) == -1)
		return 1;
	return getegid() == 8 && geteuid() == 65534 ? 0 : 2;
}

/* The second call comes without root's rights. */
static int
non_root_stays_who_it_is(void)
{
	char why[200];

	if (setuid(65534) == -1)
		return 1;
	if (service_check_user("no-such-user", why, sizeof why) == -1)
		return 2;
	if (service_drop_privileges("no-such-user", why, sizeof why) == -1)
		return 3;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 4;
	return status_has("\nNoNewPrivs:\t1\n") ? 0 : 5;
}

/* What was given to a user on its way: by a service manager, by file capabilities. */
static int
ambient_rights_go(void)
{
	char why[200];
	struct __user_cap_header_struct header = { .version =
						       _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1 || setuid(65534) == -1)
		return 1;
	sets[0].permitted = 1U << CAP_NET_BIND_SERVICE;
	sets[0].effective = sets[0].inheritable = sets[0].permitted;
	if (syscall(SYS_capset, &header, sets) == -1 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) == -1)
		return 2;
	if (!status_has("\nCapAmb:\t0000000000000400\n"))
		return 3;
	if (service_drop_privileges("no-such-user", why, sizeof why) == -1)
		return 4;
	if (!status_has("\nCapEff:\t0000000000000000\n") ||
	    !status_has("\nCapPrm:\t0000000000000000\n") ||
	    !status_has("\nCapInh:\t0000000000000000\n") ||
	    !status_has("\nCapAmb:\t0000000000000000\n"))
		return 5;
	return 0;
}

static void
test_privileges(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(nobody_has_no_rights), 0);
	assert_int_equal(in_child(group_may_be_named), 0);
	assert_int_equal(in_child(non_root_stays_who_it_is), 0);
	assert_int_equal(in_child(ambient_rights_go), 0);
}

static void
test_unknown_user(void **state)
{
	char why[200];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(service_check_user("nobody", why, sizeof why), 0);
	assert_int_equal(service_check_user("no-such-user", why, sizeof why), -1);
	assert_non_null(strstr(why, "adduser --system"));
	assert_int_equal(service_check_user("nobody:no-such-group", why, sizeof why), -1);
	assert_non_null(strstr(why, "no such group"));
	assert_int_equal(service_check_user("root", why, sizeof why), -1);
	assert_non_null(strstr(why, "must not be root"));
	assert_int_equal(service_drop_privileges("root", why, sizeof why), -1);
}

static int
becomes_ready(void)
{
	char why[200];
	int parent = service_daemonize(why, sizeof why);

	if (parent == -1)
		return 1;
	service_ready(parent);
	_exit(33); /* too late to matter */
}

static int
fails_to_start(void)
{
	char why[200];

	(void)service_daemonize(why, sizeof why);
	_exit(69);
}

static int
dies_at_start(void)
{
	char why[200];

	(void)service_daemonize(why, sizeof why);
	kill(getpid(), SIGKILL);
	return 0;
}

static int
ends_too_well(void)
{
	char why[200];

	(void)service_daemonize(why, sizeof why);
	_exit(0);
}

static void
test_parent_tells_the_outcome(void **state)
{
	(void)state;
	assert_int_equal(in_child(becomes_ready), 0);
	assert_int_equal(in_child(fails_to_start), 69);
	assert_int_equal(in_child(dies_at_start), 70);
	assert_int_equal(in_child(ends_too_well), 70);
}

static void
test_pid_file(void **state)
{
	char dir[] = "/tmp/test_service.XXXXXX", path[64], victim[64], why[200], text[32];
	struct stat st;
	ssize_t len;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/pid", dir);
	snprintf(victim, sizeof victim, "%s/victim", dir);
	/* A link laid there beforehand leads nowhere. */
	assert_int_equal(symlink(victim, path), 0);
	assert_int_equal(service_pid_file(path, why, sizeof why), 0);
	assert_int_equal(access(victim, F_OK), -1);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	fd = open(path, O_RDONLY);
	len = read(fd, text, sizeof text - 1);
	close(fd);
	assert_true(len > 0);
	text[len] = '\0';
	assert_int_equal(strtol(text, NULL, 10), getpid());
	service_pid_file_remove(path);
	assert_int_equal(service_check_pid_file(path, why, sizeof why), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(service_check_pid_file(path, why, sizeof why), -1);
	assert_non_null(strstr(why, "directory"));
	rmdir(path);
	rmdir(dir);

	assert_int_equal(service_pid_file("", why, sizeof why), 0);
	assert_int_equal(service_check_pid_file("", why, sizeof why), 0);
	assert_int_equal(service_check_pid_file("pid", why, sizeof why), 0);
	assert_int_equal(service_check_pid_file("/nonexistent/pid", why, sizeof why), -1);
	assert_int_equal(service_pid_file("/nonexistent/pid", why, sizeof why), -1);
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(why, "mkdir -p /nonexistent"));
}

static rlim_t
descriptors(void)
{
	struct rlimit limit = { 0, 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

static int
limit_is_raised(void)
{
	struct rlimit limit = { 20, 300 };

	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1;
	service_raise_limits();
	return descriptors() == 300 ? 0 : 2;
}

static int
limit_is_raised_no_further(void)
{
	struct rlimit limit = { 20, 70000 };

	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 77;
	service_raise_limits();
	if (descriptors() != 65536)
		return 2;
	limit = (struct rlimit){ 66000, 70000 };
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 3;
	service_raise_limits();
	return descriptors() == 66000 ? 0 : 4;
}

/* As under a service manager that forbids it: what there is has to do. */
static int
limit_that_cannot_be_raised_stays(void)
{
	struct rlimit limit = { 20, 300 };
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 3),
		BPF_STMT(
		    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		/* The new limit: a pointer, NULL to read only. */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof program / sizeof *program, program };

	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == -1)
		return 77;
	if (setrlimit(RLIMIT_NOFILE, &limit) != -1)
		return 2;
	service_raise_limits();
	return descriptors() == 20 ? 0 : 3;
}

static void
test_limits(void **state)
{
	(void)state;
	assert_int_equal(in_child(limit_is_raised), 0);
}

static void
test_high_limits(void **state)
{
	int code = in_child(limit_is_raised_no_further);

	(void)state;
	if (code == 77)
		skip();
	assert_int_equal(code, 0);
}

static void
test_fixed_limits(void **state)
{
	int code = in_child(limit_that_cannot_be_raised_stays);

	(void)state;
	if (code == 77)
		skip();
	assert_int_equal(code, 0);
}

/* A service manager of our own. */
static void
test_notifications(void **state)
{
	static const char *const expected[] = { "READY=1",
		"RELOADING=1\nMONOTONIC_USEC=", "READY=1", "STOPPING=1" };
	char dir[] = "/tmp/test_service.XXXXXX", text[200];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ssize_t len;

	(void)state;
	if (strcmp(service_notify_kind(), "none") == 0)
		skip();
	assert_non_null(mkdtemp(dir));
	snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", dir);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	/* NOLINTBEGIN(concurrency-mt-unsafe): there are no threads */
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	service_ready(-1);
	service_reloading();
	service_reloaded();
	service_stopping();
	unsetenv("NOTIFY_SOCKET");
	/* NOLINTEND(concurrency-mt-unsafe) */
	for (size_t i = 0; i < 4; i++) {
		len = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
		assert_true(len > 0);
		text[len > 0 ? len : 0] = '\0';
		assert_int_equal(strncmp(text, expected[i], strlen(expected[i])), 0);
	}
	close(fd);
	unlink(address.sun_path);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_privileges),
		cmocka_unit_test(test_unknown_user),
		cmocka_unit_test(test_parent_tells_the_outcome),
		cmocka_unit_test(test_pid_file),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_high_limits),
		cmocka_unit_test(test_fixed_limits),
		cmocka_unit_test(test_notifications),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
