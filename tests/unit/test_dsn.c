#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "mail/dsn.h"

#define ID "7f3a9c1e5b20d846a1b2c3d4e5f60718"

/* As Postfix writes one. */
static const char postfix[] =
    "Return-Path: <>\n"
    "From: MAILER-DAEMON@mx.school.example (Mail Delivery System)\n"
    "Subject: Undelivered Mail Returned to Sender\n"
    "To: postmaster@dmarc.school.example\n"
    "Auto-Submitted: auto-replied\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/report; report-type=delivery-status;\n"
    "\tboundary=\"AB12.1795/mx.school.example\"\n"
    "\n"
    "This is a MIME-encapsulated message.\n"
    "\n"
    "--AB12.1795/mx.school.example\n"
    "Content-Description: Notification\n"
    "Content-Type: text/plain; charset=us-ascii\n"
    "\n"
    "I'm sorry to have to inform you\n"
    "\n"
    "--AB12.1795/mx.school.example\n"
    "Content-Description: Delivery report\n"
    "Content-Type: message/delivery-status\n"
    "\n"
    "Reporting-MTA: dns; mx.school.example\n"
    "Arrival-Date: Mon, 30 Nov 2026 01:00:00 +0000 (UTC)\n"
    "\n"
    "Final-Recipient: rfc822; dmarc@example.nl\n"
    "Original-Recipient: rfc822;dmarc@example.nl\n"
    "Action: failed\n"
    "Status: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 no such user\n"
    "\n"
    "--AB12.1795/mx.school.example\n"
    "Content-Description: Undelivered Message\n"
    "Content-Type: message/rfc822\n"
    "\n"
    "Return-Path: <postmaster@dmarc.school.example>\n"
    "Subject: Report Domain: example.nl\n"
    " Submitter: school.example\n"
    " Report-ID: <" ID ">\n"
    "Message-ID: <" ID ".2@dmarc.school.example>\n"
    "\n"
    "--=_" ID "\n"
    "Message-ID: <00000000000000000000000000000000.1@dmarc.school.example>\n"
    "--AB12.1795/mx.school.example--\n";

static bool
read_text(const char *text, size_t len, struct pool *pool, struct dsn *dsn)
{
	char *exact = mem_alloc(len); /* so that a sanitizer sees its end */
	bool read;

	memcpy(exact, text, len);
	read = dsn_read(exact, len, pool, dsn);
	free(exact);
	return read;
}

static void
test_postfix(void **state)
{
	struct pool *pool = pool_new();
	struct dsn dsn;

	(void)state;
	assert_true(read_text(postfix, sizeof postfix - 1, pool, &dsn));
	assert_string_equal(dsn.report_id, ID);
	assert_int_equal(dsn.n, 2);
	assert_string_equal(dsn.recipient, "dmarc@example.nl");
	assert_string_equal(dsn.status, "5.1.1");
	pool_free(pool);
}

static void
test_cut_anywhere(void **state)
{
	struct pool *pool = pool_new();
	struct dsn dsn;

	(void)state;
	for (size_t len = 1; len < sizeof postfix; len++)
		read_text(postfix, len, pool, &dsn);
	pool_free(pool);
}

/* ${old} by ${new}, once; free()d by the caller. */
static char *
changed(const char *old, const char *new)
{
	const char *at = strstr(postfix, old);
	struct text out = { 0 };

	if (at == NULL)
		fail_msg("no %s", old);
	text_put(&out, postfix, (size_t)(at - postfix));
	text_puts(&out, new);
	text_puts(&out, at + strlen(old));
	return out.data;
}

static void
test_changes(void **state)
{
	static const struct {
		const char *old, *new;
		bool read;
		int64_t n;
	} rows[] = {
		{ "Message-ID: <" ID, "X: <" ID, true, 0 }, /* by its Subject */
		{ "Report-ID: <", "Report: <", true, 2 },
		{ "message/rfc822", "text/rfc822-headers", true, 2 },
		{ "message/rfc822", "text/plain", false, 0 },
		{ "Action: failed", "Action: delayed", false, 0 },
		{ "Action: failed", "action: Failed (for good)", true, 2 },
		{ "Status: 5.1.1", "Status: 4.4.7", false, 0 },
		{ "Status: 5.1.1", "Status: 5.7.26 (policy)", true, 2 },
		{ "Status: 5.1.1", "X: y", false, 0 },
		{ "report-type=delivery-status", "report-type=disposition-notification",
		    false, 0 },
		{ "multipart/report", "multipart/mixed", false, 0 },
		{ "message/delivery-status", "text/plain", false, 0 },
		{ "message/delivery-status", "message/global-delivery-status", true, 2 },
		{ "boundary=\"AB12.1795/mx.school.example\"", "boundary=x", false, 0 },
		{ "boundary=", "bounds=", false, 0 },
		{ "Message-ID: <" ID ".2@", "Message-ID: <" ID "0.2@", true, 0 },
		{ "Message-ID: <" ID ".2@", "Message-ID: <" ID ".x@", true, 0 },
		{ "Message-ID: <" ID ".2@", "Message-ID: <" ID ".99999999999@", true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *text = changed(rows[i].old, rows[i].new);
		struct pool *pool = pool_new();
		struct dsn dsn;
		bool read = read_text(text, strlen(text), pool, &dsn);

		if (read != rows[i].read || (read && dsn.n != rows[i].n))
			fail_msg("%s -> %s: %d", rows[i].old, rows[i].new, read);
		pool_free(pool);
		free(text);
	}
}

static void
test_crlf(void **state)
{
	struct text out = { 0 };
	struct pool *pool = pool_new();
	struct dsn dsn;

	(void)state;
	for (const char *p = postfix; *p != '\0'; p++)
		text_puts(&out, *p == '\n' ? "\r\n" : (char[2]){ *p, '\0' });
	assert_true(read_text(out.data, out.len, pool, &dsn));
	assert_int_equal(dsn.n, 2);
	text_free(&out);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_postfix),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_crlf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
