#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "conf.h"
#include "conf_template.h"
#include "config/config.h"
#include "config/config_print.h"
#include "config/config_table.h"

static void
test_defaults(void **state)
{
	char why[200];
	struct config *c = config_load(NULL, NULL, NULL, 0, why, sizeof why);
	struct ip ip;

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->socket, "unix:/run/beschermd/beschermd.sock");
	assert_int_equal(c->socket_mode, 0660);
	assert_string_equal(c->socket_group, "");
	assert_string_equal(c->user_id, "beschermd");
	assert_string_equal(c->pid_file, "");
	assert_true(c->syslog);
	assert_int_equal(c->syslog_facility, LOG_MAIL);
	assert_int_equal(c->log_level, LOG_LEVEL_INFO);
	assert_string_equal(c->authserv_id, "");
	assert_int_equal(c->trusted_authserv_ids.count, 0);
	assert_int_equal(c->mode, CONFIG_ENFORCE);
	assert_int_equal(c->on_reject, CONFIG_REJECT);
	assert_int_equal(c->on_quarantine, CONFIG_HEADER);
	assert_int_equal(c->on_temperror, CONFIG_TEMPFAIL);
	assert_int_equal(c->on_bad_from, CONFIG_REJECT);
	assert_int_equal(c->on_list_mail, CONFIG_QUARANTINE);
	assert_string_equal(c->quarantine_header_name, "X-Spam-Flag");
	assert_string_equal(c->quarantine_header_value, "YES");
	assert_string_equal(c->reject_code, "550");
	assert_string_equal(c->reject_enhanced, "5.7.26");
	assert_string_equal(c->reject_text, "");
	assert_int_equal(c->override_count, 0);
	assert_true(c->ignore_authenticated_clients);
	assert_int_equal(c->forwarder_count, 0);
	assert_int_equal(c->trusted_lists.count, 0);
	assert_int_equal(c->trusted_relays.count, 0);
	assert_false(c->spf_check_helo);
	assert_false(c->received_spf);
	assert_int_equal(c->minimum_key_bits, 1024);
	assert_int_equal(c->maximum_signatures, 10);
	assert_int_equal(c->maximum_header_bytes, 262144);
	assert_int_equal(c->maximum_headers, 1000);
	assert_int_equal(c->discovery, CONFIG_TREEWALK);
	assert_string_equal(c->public_suffix_list, "");
	assert_int_equal(c->nameservers.count, 0);
	assert_int_equal(c->dnssec, CONFIG_DNSSEC_AUTO);
	assert_string_equal(c->trust_anchor_file, "");
	assert_int_equal(c->dns_timeout_ms, 20000);
	assert_true(c->prefetch);
	assert_string_equal(c->zone_file, "");
	assert_int_equal(c->warnings.count, 0);
	assert_int_equal(c->ignore_hosts.count, 3);
	assert_true(ip_parse("127.3.2.1", &ip) && netlist_has(&c->ignore_hosts, &ip));
	assert_true(ip_parse("::1", &ip) && netlist_has(&c->ignore_hosts, &ip));
	ip = (struct ip){ .family = IP_LOCAL };
	assert_true(netlist_has(&c->ignore_hosts, &ip));
	config_free(c);
	config_free(NULL);
}

/* What is printed is a conf that says the same; only the origins differ. */
static void
test_print_reads_back(void **state)
{
	char *first, *second, *third;
	struct config *config;

	(void)state;
	config = conf_good("Mode monitor\nRejectText \"a \\\\ \\\" # b\"\n"
			   "IgnoreHosts 192.0.2.0/24 local ::1\nDNSTimeout 1500ms\n"
			   "Override .a.nl accept until=2027-01-31 reason=\"x  # y\"\n"
			   "Override b.nl hold client=::/64\nTrustedLists a.nl b.nl\n"
			   "Nameservers 192.0.2.1@54\nSocketMode 0600\n"
			   "QuarantineHeader \"X-Junk: a # b\"\n");
	first = conf_print(config);
	config_free(config);
	config = conf_good(first);
	second = conf_print(config);
	config_free(config);
	config = conf_good(second);
	third = conf_print(config);
	config_free(config);
	assert_string_not_equal(first, second);
	assert_string_equal(second, third);
	assert_non_null(strstr(first, " # main.conf:10\n"));
	assert_non_null(strstr(first, "# default\n"));
	free(first);
	free(second);
	free(third);
}

/* Taking the # away from a setting of the shipped file changes nothing. */
static void
test_template_says_the_defaults(void **state)
{
	char why[200];
	char *text = NULL, *line, *rest;
	size_t size, rows, count = 0;
	FILE *out = open_memstream(&text, &size);
	struct config *defaults = config_load(NULL, NULL, NULL, 0, why, sizeof why);
	const char *before = "";

	(void)state;
	config_table_rows(&rows);
	conf_template_print(out);
	fclose(out);
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		size_t len = strcspn(line, " ");
		struct config *config;
		char name[80];

		if (line[0] != '#' || line[1] == ' ' || line[1] == '#' || len < 2)
			continue;
		snprintf(name, sizeof name, "%.*s", (int)len - 1, line + 1);
		config = conf_good(line + 1);
		/* The first line of a name is its default, a second an example. */
		if (strcmp(before, name) != 0) {
			char *expected = mem_strdup(conf_printed(defaults, name));

			assert_string_equal(conf_printed(config, name), expected);
			free(expected);
			count++;
		}
		config_free(config);
		before = config_table_find(name)->name;
	}
	assert_int_equal(count, rows);
	config_free(defaults);
	free(text);
}

/* What scripts/check-docs compares conf/ and man/ with. */
static int
print_for_docs(const char *what)
{
	size_t count;
	const struct config_row *rows = config_table_rows(&count);

	if (strcmp(what, "template") == 0) {
		conf_template_print(stdout);
		return 0;
	}
	if (strcmp(what, "restart") == 0) {
		for (size_t i = 0; i < count; i++) {
			if (rows[i].restart)
				puts(rows[i].name);
		}
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		printf("%s\t%s\t", rows[i].name, rows[i].value);
		for (const struct config_word *w = rows[i].words; w && w->word; w++)
			printf("%s ", w->word);
		if (rows[i].type == CONFIG_INT)
			printf("%d %d", rows[i].min, rows[i].max);
		if (rows[i].type == CONFIG_TIME)
			printf("%dms %ds", rows[i].min, rows[i].max / 1000);
		printf("\n");
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_print_reads_back),
		cmocka_unit_test(test_template_says_the_defaults),
	};

	if (argc > 1)
		return print_for_docs(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
