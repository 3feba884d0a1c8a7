#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "conf.h"
#include "config/config.h"

static void
test_include(void **state)
{
	static const struct conf_file list[] = {
		{ "/etc/b/main.conf",
		    "\xef\xbb\xbfMode monitor\r\nInclude extra.conf\r\nInclude /x.conf",
		    0 },
		{ "/etc/b/extra.conf", "# \nInclude sub/deep.conf\nMode enforce\n", 0 },
		{ "/etc/b/sub/deep.conf", "TrustedForwarders file:nets 192.0.2.9", 0 },
		{ "/etc/b/sub/nets", "# ours\n192.0.2.1 # one\n\n  2001:db8::/32\r\n",
		    0 },
		{ "/x.conf", "Override a.nl hold\n", 0 },
	};
	struct config *config = conf_load_files(list, 5);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->mode, CONFIG_ENFORCE);
	assert_string_equal(conf_printed(config, "TrustedForwarders"),
	    "192.0.2.1, 2001:db8::/32, 192.0.2.9");
	assert_string_equal(config->overrides[0].file, "/x.conf");
	assert_int_equal(config->overrides[0].line, 1);
	assert_int_equal(config->warnings.count, 0); /* another file may mean it */
	config_free(config);
}

/* Files that a pattern fits are read in their order, each as if it were named. */
static void
test_include_pattern(void **state)
{
	static const struct conf_file list[] = {
		{ "/etc/main.conf",
		    "OnReject hold\nInclude b.d/*.conf\nInclude /none/*.conf\n"
		    "Include /etc/b.d/??.conf\nOnQuarantine reject\n",
		    0 },
		{ "/etc/b.d/10.conf", "OnReject header\nInclude more\nOnListMail hold\n",
		    0 },
		{ "/etc/b.d/20.conf", "OnReject accept\nTrustedForwarders 192.0.2.2\n",
		    0 },
		{ "/etc/b.d/more", "OnBadFrom hold\n", 0 },
		{ "/etc/b.d/30.conf.bak", "Nonsense yes\n", 0 },
	};
	struct config *config = conf_load_files(list, 5);

	(void)state;
	if (config == NULL) {
		fail_msg("%s", conf_why());
		return;
	}
	assert_int_equal(config->on_reject, CONFIG_ACCEPT);
	assert_int_equal(config->on_list_mail, CONFIG_HOLD);
	assert_int_equal(config->on_bad_from, CONFIG_HOLD);
	assert_int_equal(config->on_quarantine, CONFIG_REJECT);
	assert_int_equal(config->forwarder_count, 2); /* by both patterns */
	config_free(config);
}

struct include_row {
	struct conf_file list[3];
	const char *why;
};

static const struct include_row include_rows[] = {
	{ { { "main.conf", "Include b", 0 }, { "b", "\nInclude c", 0 },
	      { "c", "\n\nInclude b", 0 } },
	    "c:3: Include: b includes itself" },
	{ { { "main.conf", "Include b", 0 }, { "b", "\nColour x", 0 } },
	    "b:2: unknown setting \"Colour\"" },
	{ { { "main.conf", "\nIgnoreHosts file:b", 0 }, { "b", "\n192.0.2.300", 0 } },
	    "b:2: \"192.0.2.300\" is not an address, a network such as 192.0.2.0/24, or "
	    "local" },
	{ { { "main.conf", "IgnoreHosts file:b", 0 }, { "b", "10.0.0.1 10.0.0.2", 0 } },
	    "b:1: \"10.0.0.1 10.0.0.2\" is not an address, a network such as "
	    "192.0.2.0/24, or local" },
	{ { { "main.conf", "Mode monitor\0\nMode enforce", 26 } },
	    "main.conf:1: not text: it contains a NUL" },
	{ { { "main.conf", "Include b", 0 }, { "b", "\nMode\0", 6 } },
	    "main.conf:1: b:2: not text: it contains a NUL" },
	{ { { "d/main.conf", "\nInclude ../d/*.conf", 0 },
	      { "d/../d/b.conf", "Include *.conf", 0 } },
	    "d/../d/b.conf:1: Include: d/../d/b.conf includes itself" },
	{ { { "main.conf", "Include *.c", 0 }, { "a.c", "Colour x", 0 },
	      { "b.c", "\nColour y", 0 } },
	    "a.c:1: unknown setting \"Colour\"\nb.c:2: unknown setting \"Colour\"" },
	{ { { "main.conf", "\nInclude /secret/*", 0 } },
	    "main.conf:2: Include: /secret/*: not to be read" },
	{ { { "main.conf", "\nInclude d/*.conf /e/x", 0 },
	      { "d/a.conf", "Mode monitor", 0 } },
	    "main.conf:2: Include: d/*.conf /e/x matches no file; write a line for "
	    "each" },
	{ { { "main.conf", "Include ?x[.c", 0 }, { "[.c", "Colour x", 0 } }, NULL },
	{ { { "main.conf", "Include [a].c", 0 }, { "a.c", "Mode monitor", 0 } },
	    "main.conf:1: [a].c: no such file" },
	{ { { "gone.conf", "", 0 }, { "main.conf", "", 0 } }, NULL },
};

static void
test_include_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof include_rows / sizeof include_rows[0]; i++) {
		struct config *config = conf_load_files(include_rows[i].list, 3);

		if (include_rows[i].why == NULL) {
			assert_non_null(config);
			config_free(config);
			continue;
		}
		assert_null(config);
		assert_string_equal(conf_why(), include_rows[i].why);
	}
}

static void
test_main_file_missing(void **state)
{
	static const struct conf_file list[] = { { "main.conf", "", 0 } };

	(void)state;
	assert_null(conf_load_files(list, 0));
	assert_string_equal(conf_why(), "main.conf: no such file");
}

static void
test_depth_is_bounded(void **state)
{
	static const struct conf_file chain[] = { { "0", "Include 1", 0 },
		{ "1", "Include 2", 0 }, { "2", "Include 3", 0 }, { "3", "Include 4", 0 },
		{ "4", "Include 5", 0 }, { "5", "Include 6", 0 }, { "6", "Include 7", 0 },
		{ "7", "\nInclude 8", 0 }, { "8", "", 0 } };

	(void)state;
	assert_null(conf_load_files(chain, 9));
	assert_string_equal(conf_why(), "7:2: Include: more than 8 files deep");
	config_free(conf_load_files(chain + 1, 8));
	assert_string_equal(conf_why(), "");
}

/* ${count} lines that each include x, and what x says. */
static struct config *
load_repeated(size_t count, const char *text)
{
	static const char line[] = "Include x\n";
	char *lines = mem_alloc(count * strlen(line) + 1);
	struct conf_file list[] = { { "main.conf", lines, 0 }, { "x", text, 0 } };
	struct config *config;

	for (size_t i = 0; i < count; i++)
		memcpy(lines + i * strlen(line), line, sizeof line);
	config = conf_load_files(list, 2);
	free(lines);
	return config;
}

static void
test_amount_is_bounded(void **state)
{
	char *large = mem_alloc(CONFIG_FILE_MAX);

	(void)state;
	memset(large, '\n', CONFIG_FILE_MAX - 1);
	config_free(load_repeated(199, ""));
	assert_string_equal(conf_why(), "");
	assert_null(load_repeated(200, ""));
	assert_string_equal(conf_why(), "main.conf:200: more than 200 files");
	config_free(load_repeated(7, large));
	assert_string_equal(conf_why(), "");
	assert_null(load_repeated(8, large));
	assert_string_equal(conf_why(), "main.conf:8: x: too much text in all");
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_include_pattern),
		cmocka_unit_test(test_include_errors),
		cmocka_unit_test(test_main_file_missing),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_amount_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
