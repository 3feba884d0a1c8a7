/* What servers say that OpenSSL does not: old, broken, hostile.  Made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/audit/hello_reader.h"
#include "hello_feed.h"

#define CODES(list)                                 \
	{                                           \
		list, sizeof(list) / sizeof *(list) \
	}

#define RANDOM "RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR"
#define RETRY                                                                      \
	"\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2" \
	"\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
#define HELLO(suite) "\x02\0\0\x26\x03\x03" RANDOM "\0" suite "\0"
#define ROW(text) text, sizeof(text) - 1

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
static const struct {
	const char *what;
	uint16_t version; /* offered */
	const char *octets;
	size_t len;
	enum hello_state state;
	uint16_t suite; /* 0: nothing was chosen */
	const char *wrong;
} hand_rows[] = {
	{ "SSL 3.0, RC4", HELLO_SSL_3_0,
	    ROW("\x16\x03\0\0\x2a\x02\0\0\x26\x03\0" RANDOM "\0\0\x04\0"), HELLO_CHOSEN,
	    0x0004, NULL },
	{ "EXPORT", HELLO_TLS_1_0,
	    ROW("\x16\x03\x01\0\x2a\x02\0\0\x26\x03\x01" RANDOM "\0\0\x03\0"),
	    HELLO_CHOSEN, 0x0003, NULL },
	{ "a suite that was not offered", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x2a" HELLO("\0\x05")), HELLO_BROKEN, 0, "cipher suite" },
	{ "a version that was not offered", HELLO_TLS_1_1,
	    ROW("\x16\x03\x03\0\x2a" HELLO("\0\x04")), HELLO_BROKEN, 0, "version" },
	{ "a version below all", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x2a\x02\0\0\x26\0\x02" RANDOM "\0\0\x04\0"), HELLO_BROKEN,
	    0, "version" },
	{ "a compression method that was not offered", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x2a\x02\0\0\x26\x03\x03" RANDOM "\0\0\x04\x01"),
	    HELLO_BROKEN, 0, "compression" },
	{ "TLS 1.3 in secret", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x32\x02\0\0\x2e\x03\x03" RANDOM
		"\0\0\x04\0\0\x06\0\x2b\0\x02\x03\x04"),
	    HELLO_BROKEN, 0, "version" },
	{ "a retry", HELLO_TLS_1_3,
	    ROW("\x16\x03\x03\0\x38\x02\0\0\x34\x03\x03" RETRY
		"\0\x13\x01\0\0\x0c\0\x2b\0\x02\x03\x04\0\x33\0\x02\0\x17"),
	    HELLO_CHOSEN, 0x1301, NULL },
	{ "a retry with a key", HELLO_TLS_1_3,
	    ROW("\x16\x03\x03\0\x3b\x02\0\0\x37\x03\x03" RETRY
		"\0\x13\x01\0\0\x0f\0\x2b\0\x02\x03\x04\0\x33\0\x05\0\x17\0\x01K"),
	    HELLO_BROKEN, 0, "malformed" },
	{ "no retry, with a key", HELLO_TLS_1_3,
	    ROW("\x16\x03\x03\0\x3b\x02\0\0\x37\x03\x03" RANDOM
		"\0\x13\x01\0\0\x0f\0\x2b\0\x02\x03\x04\0\x33\0\x05\0\x17\0\x01K"),
	    HELLO_CHOSEN, 0x1301, NULL },
	{ "TLS 1.3 is asked for, TLS 1.2 chosen", HELLO_TLS_1_3,
	    ROW("\x16\x03\x03\0\x2a" HELLO("\0\x04")), HELLO_BROKEN, 0, "version" },
	{ "an extension twice", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x34\x02\0\0\x30\x03\x03" RANDOM
		"\0\0\x04\0\0\x08\0\x17\0\0\0\x17\0\0"),
	    HELLO_BROKEN, 0, "malformed" },
	{ "extensions shorter than said", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x30\x02\0\0\x2c\x03\x03" RANDOM
		"\0\0\x04\0\0\x05\0\x17\0\0"),
	    HELLO_BROKEN, 0, "malformed" },
	{ "extensions longer than said", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x31\x02\0\0\x2d\x03\x03" RANDOM
		"\0\0\x04\0\0\x04\0\x17\0\0X"),
	    HELLO_BROKEN, 0, "malformed" },
	{ "a session of 33 octets", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x4b\x02\0\0\x47\x03\x03" RANDOM "\x21" RANDOM
		"S\0\x04\0"),
	    HELLO_BROKEN, 0, "malformed" },
	{ "shorter than a ServerHello", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x06\x02\0\0\x02\x03\x03"), HELLO_BROKEN, 0, "malformed" },
	{ "records of some octets, a warning between", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x02\x02\0\x15\x03\x03\0\x02\x01\x70\x16\x03\x03\0\x28\0"
		"\x26\x03\x03" RANDOM "\0\0\x04\0"),
	    HELLO_CHOSEN, 0x0004, NULL },
	{ "two messages in one record: a HelloRequest", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x2e\0\0\0\0" HELLO("\0\x04")), HELLO_CHOSEN, 0x0004,
	    NULL },
	{ "warnings without end", HELLO_TLS_1_2,
	    ROW("\x15\x03\x03\0\x02\x01\x70\x15\x03\x03\0\x02\x01\x70\x15\x03\x03\0\x02"
		"\x01\x70"
		"\x15\x03\x03\0\x02\x01\x70\x15\x03\x03\0\x02\x01\x70"),
	    HELLO_BROKEN, 0, "warning" },
	{ "a warning that is the end", HELLO_TLS_1_2, ROW("\x15\x03\x03\0\x02\x01\0"),
	    HELLO_REFUSED, 0, NULL },
	{ "an alert of no level", HELLO_TLS_1_2, ROW("\x15\x03\x03\0\x02\x03\x28"),
	    HELLO_BROKEN, 0, "level" },
	{ "an alert of three octets", HELLO_TLS_1_2, ROW("\x15\x03\x03\0\x03\x02\x28\0"),
	    HELLO_BROKEN, 0, "length" },
	{ "an empty record", HELLO_TLS_1_2, ROW("\x16\x03\x03\0\0"), HELLO_BROKEN, 0,
	    "length" },
	{ "a record too long", HELLO_TLS_1_2, ROW("\x16\x03\x03\x40\x01"), HELLO_BROKEN,
	    0, "length" },
	{ "SMTP", HELLO_TLS_1_2, ROW("250 injected\r\n"), HELLO_BROKEN, 0, "not TLS" },
	{ "SSL 2.0", HELLO_TLS_1_2, ROW("\x80\x2e\x04\0\x01\0\x02"), HELLO_BROKEN, 0,
	    "not TLS" },
	{ "application data", HELLO_TLS_1_2, ROW("\x17\x03\x03\0\x01X"), HELLO_BROKEN, 0,
	    "not TLS" },
	{ "a certificate first", HELLO_TLS_1_2, ROW("\x16\x03\x03\0\x04\x0b\0\0\x10"),
	    HELLO_BROKEN, 0, "does not belong there" },
	{ "the end first", HELLO_TLS_1_2, ROW("\x16\x03\x03\0\x04\x0e\0\0\0"),
	    HELLO_BROKEN, 0, "does not belong there" },
	{ "a ServerHello of 16 MB", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x04\x02\xff\xff\xff"), HELLO_BROKEN, 0, "too long" },
	{ "a second ServerHello", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x54" HELLO("\0\x33") HELLO("\0\x33")), HELLO_BROKEN,
	    0x0033, "does not belong there" },
	{ "no exchange where one belongs", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x2e" HELLO("\0\x33") "\x0e\0\0\0"), HELLO_CHOSEN, 0x0033,
	    NULL },
	{ "a prime of nothing", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x3b" HELLO(
		"\0\x33") "\x0c\0\0\x0d\0\x01\0\0\x01\x02\0\x01\x03\x04\x01\0\0"),
	    HELLO_BROKEN, 0x0033, "malformed" },
	{ "a prime of 9 bits", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x3c" HELLO(
		"\0\x33") "\x0c\0\0\x0e\0\x02\x01\x01\0\x01\x02\0\x01\x03\x04\x01\0\0"),
	    HELLO_CHOSEN, 0x0033, NULL },
	{ "an octet behind the signature", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x3d" HELLO(
		"\0\x33") "\x0c\0\0\x0f\0\x02\x01\x01\0\x01\x02\0\x01\x03\x04\x01\0\0X"),
	    HELLO_BROKEN, 0x0033, "malformed" },
	{ "a prime beyond the message", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x32" HELLO("\0\x33") "\x0c\0\0\x04\xff\xff\x01\x01"),
	    HELLO_BROKEN, 0x0033, "malformed" },
	{ "a curve of its own", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x31" HELLO("\xc0\x13") "\x0c\0\0\x03\x01\x02\x03"),
	    HELLO_CHOSEN, 0xc013, NULL },
	{ "a curve without a point", HELLO_TLS_1_2,
	    ROW("\x16\x03\x03\0\x36" HELLO(
		"\xc0\x13") "\x0c\0\0\x08\x03\0\x17\0\x04\x01\0\0"),
	    HELLO_BROKEN, 0xc013, "malformed" },
};

static void
test_hand(void **state)
{
	static const uint16_t suites[] = { 0x0003, 0x0004, 0x0033, 0xc013, 0x1301 };

	(void)state;
	for (size_t i = 0; i < sizeof hand_rows / sizeof *hand_rows; i++) {
		const struct hello_offer offer = { .version = hand_rows[i].version,
			.suites = CODES(suites) };

		for (size_t piece = 1; piece <= 512; piece += 7) {
			struct hello_reader *r = hello_reader_new(&offer);
			enum hello_state end =
			    hello_feed(r, (const uint8_t *)hand_rows[i].octets,
				hand_rows[i].len, piece);
			const struct hello_answer *a = hello_reader_answer(r);

			if (end != hand_rows[i].state || a->suite != hand_rows[i].suite)
				print_message("# %s: %d %04x %s\n", hand_rows[i].what,
				    (int)end, a->suite, a->wrong);
			assert_int_equal(end, hand_rows[i].state);
			assert_int_equal(a->suite, hand_rows[i].suite);
			assert_int_equal(a->has_hello, a->suite != 0);
			assert_int_equal(a->wrong != NULL, hand_rows[i].wrong != NULL);
			if (a->wrong != NULL && hand_rows[i].wrong != NULL)
				assert_non_null(strstr(a->wrong, hand_rows[i].wrong));
			hello_reader_free(r);
		}
	}
}

/* A certificate that does not end, in records as large as they may be. */
static void
test_endless(void **state)
{
	static const uint8_t begin[] =
	    "\x16\x03\x03\0\x2e" HELLO("\0\x33") "\x0b\xff\xff\xff";
	static const uint16_t suites[] = { 0x0033 };
	static uint8_t record[5 + 16384] = { 0x16, 3, 3, 0x40, 0 };
	const struct hello_offer offer = { .version = HELLO_TLS_1_2,
		.suites = CODES(suites) };
	struct hello_reader *r = hello_reader_new(&offer);
	size_t sent = sizeof begin - 1;
	enum hello_state end = hello_reader_take(r, begin, sizeof begin - 1);

	(void)state;
	while (end == HELLO_MORE && sent < 2 * HELLO_READER_MAX) {
		end = hello_reader_take(r, record, sizeof record);
		sent += sizeof record;
	}
	assert_int_equal(end, HELLO_BROKEN);
	assert_true(sent <= HELLO_READER_MAX + sizeof record);
	assert_true(hello_reader_answer(r)->has_hello);
	hello_reader_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hand),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
