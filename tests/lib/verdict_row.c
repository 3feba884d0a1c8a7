#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "conf.h"
#include "config/config.h"
#include "verdict_row.h"

static void
check(const struct verdict_row *row, size_t number, bool monitor)
{
	char conf[300];
	struct config *config;
	struct message m;
	struct verdict v;

	snprintf(
	    conf, sizeof conf, "Mode %s\n%s", monitor ? "monitor" : "enforce", row->conf);
	config = conf_good(conf);
	message_init(&m);
	if (row->change != NULL)
		row->change(&m);
	v = verdict_decide(config, &m.ev);
	if (v.would != row->action || v.rule != row->rule)
		fail_msg("row %zu (%s): %s by %s, not %s by %s", number, row->conf,
		    verdict_action_name(v.would), rule_name(v.rule),
		    verdict_action_name(row->action), rule_name(row->rule));
	if ((v.reason != NULL) != row->has_reason)
		fail_msg("row %zu: reason %s", number, v.reason);
	assert_int_equal(v.action, monitor ? ACTION_ACCEPT : row->action);
	if (!monitor && verdict_is_local(&v) != row->is_local)
		fail_msg("row %zu (%s): local %d", number, row->conf, !row->is_local);
	assert_true((v.override != NULL) == (v.rule == RULE_OVERRIDE));
	config_free(config);
}

void
verdict_row_check(const struct verdict_row *rows, size_t count, bool monitor)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i], i, monitor);
}
