/* RelayResults: what it takes, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"
#include "config/config.h"

#define RELAYS "TrustedRelays 192.0.2.1\n"

static void
what_it_takes(void **state)
{
	static const struct {
		const char *text, *id, *printed;
		bool strips;
	} rows[] = {
		{ "", "", "\"\"", false },
		{ RELAYS "RelayResults gw.example", "gw.example", "gw.example", false },
		{ RELAYS "RelayResults  GW.example\tStrips # so it is", "GW.example",
		    "GW.example strips", true },
		{ RELAYS "RelayResults gw.example strips\nRelayResults b.example",
		    "b.example", "b.example", false },
		{ RELAYS "RelayResults gw.example strips\nRelayResults \"\"", "", "\"\"",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *config = conf_good(rows[i].text);

		assert_string_equal(config->relay_results_id, rows[i].id);
		assert_int_equal(config->relay_results_strips, rows[i].strips);
		assert_string_equal(
		    conf_printed(config, "RelayResults"), rows[i].printed);
		config_free(config);
	}
}

static void
what_it_refuses(void **state)
{
	static const char *const bad[] = { "RelayResults gw.example strip",
		"RelayResults strips", "RelayResults gw.example strips strips",
		"RelayResults gw.example/job", "RelayResults \"\" strips",
		"RelayResults gw;x", "RelayResults (gw)", "RelayResults gw=x",
		"RelayResults g\xc3\xbc.example", "RelayResults a.example, b.example" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (conf_load(bad[i]) != NULL)
			fail_msg("%s", bad[i]);
		assert_non_null(strstr(conf_why(), "main.conf:1: RelayResults: "));
	}
}

static bool
warns(const char *text, const char *of)
{
	struct config *config = conf_good(text);
	bool found = false;

	for (size_t i = 0; i < config->warnings.count; i++) {
		const char *warning = config->warnings.words[i];

		found = found || (strncmp(warning, "RelayResults: ", 14) == 0 &&
				     strstr(warning, of) != NULL);
	}
	config_free(config);
	return found;
}

static void
what_is_warned_about(void **state)
{
	(void)state;
	assert_false(warns("", ""));
	assert_false(warns(RELAYS "RelayResults gw.example", ""));
	assert_true(warns(RELAYS "RelayResults gw.example strips", "forged"));
	assert_true(warns("RelayResults gw.example strips", "TrustedRelays"));
	assert_false(warns("RelayResults gw.example strips", "forged"));
	assert_true(warns(RELAYS "RelayResults gw.example\nAuthservID GW.example.",
	    "our own AuthservID"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_takes),
		cmocka_unit_test(what_it_refuses),
		cmocka_unit_test(what_is_warned_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
