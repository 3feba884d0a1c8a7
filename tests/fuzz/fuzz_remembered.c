/* What a process that read a history of anybody's answers: bounds, and nothing but
 * values. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config_override.h"
#include "ctl/conf/override_line.h"
#include "ctl/history/remembered.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_message(char *answer)
{
	struct remembered_message m;

	if (!remembered_read_message(answer, &m))
		return;
	must(m.at >= 0 && m.others >= 0);
	must(memchr(m.from, '\0', sizeof m.from) != NULL);
	must(m.rule <= RULE_COUNT);
	must(memchr(m.would, '\0', sizeof m.would) != NULL);
	must(m.sign == SIGN_NONE || m.sign == SIGN_BODY_CHANGED ||
	     m.sign == SIGN_OTHERS_PASS);
}

/* Each is an Override, and comes back from its own line. */
static void
check_counts(char *answer)
{
	struct remembered_counts counts;

	remembered_read_counts(answer, &counts);
	for (size_t i = 0; i < counts.count; i++) {
		struct config_override again;
		char *line = override_line_print(&counts.list[i].override);

		must(counts.list[i].messages >= 0);
		must(override_line_parse(line, &again));
		must(config_override_is_same(&again, &counts.list[i].override));
		config_override_clear(&again);
		free(line);
	}
	remembered_counts_free(&counts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = mem_strndup((const char *)data, size);

	check_message(copy);
	free(copy);
	copy = mem_strndup((const char *)data, size);
	check_counts(copy);
	free(copy);
	return 0;
}
