/* An SMTP dialogue with a server whose every octet is in a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/mem.h"
#include "ctl/smtp.h"

#define SHORT_MS 30 /* what is to be silent is */
#define LONG_MS 20000
#define SAID_OCTETS 8192

/* A server that has said ${says} already, and goes or stays. */
struct server {
	int fd;
	struct smtp *smtp;
	struct text dialogue;
};

static void
server_open(struct server *s, const char *says, size_t len, bool goes)
{
	struct smtp_options options = { .reply_ms = goes ? LONG_MS : SHORT_MS,
		.until = deadline_in(LONG_MS),
		.dialogue = &s->dialogue };
	int ends[2];

	*s = (struct server){ 0 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(send(ends[1], says, len, 0), len);
	if (goes)
		shutdown(ends[1], SHUT_WR);
	s->fd = ends[1];
	s->smtp = smtp_open(ends[0], &options);
}

/* What it was sent, in all. */
static const char *
server_heard(struct server *s)
{
	static char heard[SAID_OCTETS];
	ssize_t n = recv(s->fd, heard, sizeof heard - 1, MSG_DONTWAIT);

	heard[n > 0 ? n : 0] = '\0';
	return heard;
}

static void
server_close(struct server *s)
{
	smtp_close(s->smtp);
	close(s->fd);
	text_free(&s->dialogue);
}

#define GREETS "220 mx.test ESMTP\r\n"
#define OFFERS "250-mx.test\r\n250-SIZE 100\r\n250 STARTTLS\r\n"

static const struct {
	const char *says;
	bool goes;
	enum smtp_start start;
	enum smtp_end end;
	int code;
} start_rows[] = {
	{ GREETS OFFERS "220 go\r\n", false, SMTP_START_READY, SMTP_REPLIED, 220 },
	{ "220-mx.test\r\n220 there\r\n" OFFERS "220 go\r\n", false, SMTP_START_READY,
	    SMTP_REPLIED, 220 },
	{ "220\r\n250-\r\n250-starttls \r\n250\r\n220\r\n", false, SMTP_START_READY,
	    SMTP_REPLIED, 220 },
	{ "220 a\n250-a\n250 StartTLS x\n220 go\n", false, SMTP_START_READY, SMTP_REPLIED,
	    220 },
	{ GREETS "250-mx.test\r\n250 SIZE\r\n", false, SMTP_START_PLAIN, SMTP_REPLIED,
	    250 },
	/* The name of the server, and a longer word. */
	{ GREETS "250 STARTTLS\r\n", false, SMTP_START_PLAIN, SMTP_REPLIED, 250 },
	{ GREETS "250-a\r\n250 STARTTLSX\r\n", false, SMTP_START_PLAIN, SMTP_REPLIED,
	    250 },
	{ GREETS "250-a\r\n250 XSTARTTLS\r\n", false, SMTP_START_PLAIN, SMTP_REPLIED,
	    250 },
	{ GREETS OFFERS "502 no\r\n", false, SMTP_START_REFUSED, SMTP_REPLIED, 502 },
	{ GREETS OFFERS "220 go\r\n250 injected\r\n", false, SMTP_START_INJECTED,
	    SMTP_REPLIED, 220 },
	{ GREETS OFFERS "220 go\r\nx", true, SMTP_START_INJECTED, SMTP_REPLIED, 220 },
	{ GREETS OFFERS "454 later\r\n", false, SMTP_START_STOPPED, SMTP_REPLIED, 454 },
	{ GREETS OFFERS "554 no more\r\n", false, SMTP_START_STOPPED, SMTP_REPLIED, 554 },
	{ GREETS OFFERS "421 bye\r\n", true, SMTP_START_STOPPED, SMTP_REPLIED, 421 },
	{ GREETS OFFERS, true, SMTP_START_STOPPED, SMTP_CLOSED, 0 },
	{ GREETS OFFERS, false, SMTP_START_STOPPED, SMTP_SILENT, 0 },
	{ GREETS "421 too many\r\n", true, SMTP_START_STOPPED, SMTP_REPLIED, 421 },
	{ GREETS "550 who\r\n", false, SMTP_START_STOPPED, SMTP_REPLIED, 550 },
	{ GREETS "250-half\r\n", true, SMTP_START_STOPPED, SMTP_CLOSED, 250 },
	{ "421 too many\r\n", true, SMTP_START_STOPPED, SMTP_REPLIED, 421 },
	{ "450 later\r\n", false, SMTP_START_STOPPED, SMTP_REPLIED, 450 },
	{ "554 no\r\n", false, SMTP_START_STOPPED, SMTP_REPLIED, 554 },
	{ "", true, SMTP_START_STOPPED, SMTP_CLOSED, 0 },
	{ "", false, SMTP_START_STOPPED, SMTP_SILENT, 0 },
	{ "220-", false, SMTP_START_STOPPED, SMTP_SILENT, 0 },
	{ "HTTP/1.1 400\r\n", false, SMTP_START_STOPPED, SMTP_FOREIGN, 0 },
	{ "+OK POP3\r\n", false, SMTP_START_STOPPED, SMTP_FOREIGN, 0 },
	{ "22\r\n", false, SMTP_START_STOPPED, SMTP_FOREIGN, 0 },
	{ "\r\n", false, SMTP_START_STOPPED, SMTP_FOREIGN, 0 },
	{ "2200 x\r\n", false, SMTP_START_STOPPED, SMTP_FOREIGN, 0 },
	{ "120 x\r\n", false, SMTP_START_STOPPED, SMTP_FOREIGN, 0 },
	{ "220\rx\r\n", false, SMTP_START_STOPPED, SMTP_FOREIGN, 220 },
	{ "220-a\r\n250 b\r\n", false, SMTP_START_STOPPED, SMTP_FOREIGN, 220 },
};

static void
test_start(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof start_rows / sizeof start_rows[0]; i++) {
		struct server s;
		enum smtp_end end;

		server_open(&s, start_rows[i].says, strlen(start_rows[i].says),
		    start_rows[i].goes);
		print_message("# row %zu\n", i);
		assert_int_equal(
		    smtp_start(s.smtp, "us.test", &end), start_rows[i].start);
		assert_int_equal(end, start_rows[i].end);
		assert_int_equal(smtp_reply_of(s.smtp)->code, start_rows[i].code);
		server_close(&s);
	}
}

static void
test_dialogue(void **state)
{
	struct server s;
	enum smtp_end end;

	(void)state;
	server_open(
	    &s, GREETS OFFERS "220 go\r\n", strlen(GREETS OFFERS "220 go\r\n"), false);
	assert_int_equal(smtp_start(s.smtp, "us.test", &end), SMTP_START_READY);
	assert_string_equal(server_heard(&s), "EHLO us.test\r\nSTARTTLS\r\n");
	assert_string_equal(s.dialogue.data,
	    "< 220 mx.test ESMTP\n> EHLO us.test\n< 250-mx.test\n< 250-SIZE 100\n"
	    "< 250 STARTTLS\n> STARTTLS\n< 220 go\n");
	server_close(&s);
}

/* What has a line end in it would be two commands. */
static void
test_command(void **state)
{
	static const char *const rows[] = { "MAIL FROM:<a>\r\nRCPT TO:<b>", "NOOP\n",
		"NOOP\r", "\x7f", "\x1b" };
	struct server s;
	char *long_one = mem_alloc(4096);

	(void)state;
	server_open(&s, "250 ok\r\n", 8, false);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(smtp_command(s.smtp, "%s", rows[i]), SMTP_UNSENT);
	memset(long_one, 'x', 4095);
	assert_int_equal(smtp_command(s.smtp, "%s", long_one), SMTP_UNSENT);
	assert_string_equal(server_heard(&s), "");
	assert_int_equal(
	    smtp_command(s.smtp, "XCLIENT ADDR=%s", "192.0.2.1"), SMTP_REPLIED);
	assert_int_equal(smtp_reply_of(s.smtp)->code, 250);
	assert_string_equal(server_heard(&s), "XCLIENT ADDR=192.0.2.1\r\n");
	free(long_one);
	server_close(&s);
}

static void
test_message(void **state)
{
	static const struct {
		const char *message, *heard;
	} rows[] = {
		{ "", ".\r\n" },
		{ "a", "a\r\n.\r\n" },
		{ "a\n", "a\r\n.\r\n" },
		{ "a\r\n", "a\r\n.\r\n" },
		{ ".\n", "..\r\n.\r\n" },
		{ ".a\n..b\n\n.", "..a\r\n...b\r\n\r\n..\r\n.\r\n" },
		{ "a.b\r\n.\r\n", "a.b\r\n..\r\n.\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *message = rows[i].message;
		struct server s;

		server_open(&s, "250 taken\r\n", 11, false);
		assert_int_equal(
		    smtp_message(s.smtp, message, strlen(message)), SMTP_REPLIED);
		assert_string_equal(server_heard(&s), rows[i].heard);
		server_close(&s);
	}
}

/* ${lines} of ${len} octets each, "220-" and their end included; the last ends it. */
static enum smtp_end
read_lines(size_t lines, size_t len)
{
	char *says = mem_alloc(lines * len);
	struct server s;
	enum smtp_end end;

	/* NOLINTBEGIN(bugprone-not-null-terminated-result): octets, not strings */
	memset(says, 'x', lines * len);
	for (size_t i = 0; i < lines; i++) {
		memcpy(says + i * len, i + 1 < lines ? "220-" : "220 ", 4);
		memcpy(says + (i + 1) * len - 2, "\r\n", 2);
	}
	/* NOLINTEND(bugprone-not-null-terminated-result) */
	server_open(&s, says, lines * len, true);
	end = smtp_read(s.smtp);
	assert_true(smtp_reply_of(s.smtp)->text.len <=
		    SMTP_REPLY_LINES * (size_t)SMTP_REPLY_LINE_OCTETS);
	server_close(&s);
	free(says);
	return end;
}

static void
test_bounds(void **state)
{
	(void)state;
	assert_int_equal(read_lines(1, SMTP_REPLY_LINE_OCTETS), SMTP_REPLIED);
	assert_int_equal(read_lines(1, SMTP_REPLY_LINE_OCTETS + 1), SMTP_FOREIGN);
	assert_int_equal(read_lines(SMTP_REPLY_LINES, 20), SMTP_REPLIED);
	assert_int_equal(read_lines(SMTP_REPLY_LINES + 1, 20), SMTP_FOREIGN);
}

static void *
trickle(void *arg)
{
	const int *fd = arg;
	const struct timespec pause = { 0, 1000000 };

	while (send(*fd, "220-x\r\n", 1, MSG_NOSIGNAL) == 1)
		nanosleep(&pause, NULL);
	return NULL;
}

/* A server that says one octet and then another has no more time than others. */
static void
test_trickle(void **state)
{
	struct server s;
	pthread_t thread;

	(void)state;
	server_open(&s, "220 ", 4, false);
	assert_int_equal(pthread_create(&thread, NULL, trickle, &s.fd), 0);
	assert_int_equal(smtp_read(s.smtp), SMTP_SILENT);
	shutdown(smtp_socket(s.smtp), SHUT_RDWR);
	pthread_join(thread, NULL);
	server_close(&s);
}

/* Who never takes what we send. */
static void
test_deaf(void **state)
{
	const size_t len = (size_t)16 << 20;
	char *octets = mem_alloc(len);
	struct server s;

	(void)state;
	server_open(&s, "", 0, false);
	assert_int_equal(smtp_send(s.smtp, octets, len), SMTP_SILENT);
	server_close(&s);
	free(octets);
}

/* A time that is over for all of it is over for each. */
static void
test_until(void **state)
{
	struct smtp_options options = { .reply_ms = LONG_MS, .until = deadline_in(0) };
	struct smtp *smtp;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	smtp = smtp_open(ends[0], &options);
	assert_int_equal(smtp_read(smtp), SMTP_SILENT);
	smtp_close(smtp);
	close(ends[1]);
}

/* What stays behind the reply is the next one. */
static void
test_next(void **state)
{
	struct server s;

	(void)state;
	server_open(&s, "250 one\r\n250 two\r\n", 18, true);
	assert_int_equal(smtp_read(s.smtp), SMTP_REPLIED);
	assert_string_equal(smtp_reply_of(s.smtp)->text.data, "250 one");
	assert_int_equal(smtp_read(s.smtp), SMTP_REPLIED);
	assert_string_equal(smtp_reply_of(s.smtp)->text.data, "250 two");
	assert_int_equal(smtp_read(s.smtp), SMTP_CLOSED);
	server_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_dialogue),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_trickle),
		cmocka_unit_test(test_deaf),
		cmocka_unit_test(test_until),
		cmocka_unit_test(test_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
