#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "config/config_syntax.h"
#include "config/config_table.h"
#include "config/config_text.h"
#include "config/config_time.h"

static const struct config_word time_units[] = {
	{ "ms", 1 },
	{ "s", 1000 },
	{ "", 1000 },
	{ "m", 60000 },
	{ NULL, 0 },
};

/* What people write for them: only to tell what is meant. */
static const struct config_word time_words[] = {
	{ "ms", 1 },
	{ "msec", 1 },
	{ "milliseconds", 1 },
	{ "s", 1000 },
	{ "sec", 1000 },
	{ "secs", 1000 },
	{ "second", 1000 },
	{ "seconds", 1000 },
	{ "seconde", 1000 },
	{ "seconden", 1000 },
	{ "m", 60000 },
	{ "min", 60000 },
	{ "mins", 60000 },
	{ "minute", 60000 },
	{ "minutes", 60000 },
	{ "minuut", 60000 },
	{ "minuten", 60000 },
	{ NULL, 0 },
};

/* The milliseconds of "20 seconds"; 0: it cannot be told. */
static long long
time_meant(const char *text)
{
	const struct config_word *unit = time_words;
	const char *end = text;
	long long n = config_syntax_digits(&end, 10);

	end += strspn(end, " \t");
	while (unit->word != NULL && strcasecmp(unit->word, end) != 0)
		unit++;
	return n > 0 && unit->word != NULL ? n * unit->value : 0;
}

static bool
refuse_time(const struct config_row *row, const char *text, struct buf *why)
{
	char least[CONFIG_SYNTAX_TIME_SIZE], most[CONFIG_SYNTAX_TIME_SIZE],
	    advice[CONFIG_SYNTAX_TIME_SIZE];
	long long meant = time_meant(text);

	config_text_refuse(why, text, "is not a time from ");
	buf_printf(why, "%s to %s", config_syntax_time(row->min, least),
	    config_syntax_time(row->max, most));
	if (meant >= row->min && meant <= row->max)
		buf_printf(why, "; write %s", config_syntax_time((int)meant, advice));
	return false;
}

bool
config_time_read(const struct config_row *row, const char *text, int *ms, struct buf *why)
{
	const struct config_word *unit = time_units;
	const char *end = text;
	long long n = config_syntax_digits(&end, 10);

	while (unit->word != NULL && strcasecmp(unit->word, end) != 0)
		unit++;
	n *= unit->value;
	if (unit->word == NULL || n < row->min || n > row->max)
		return refuse_time(row, text, why);
	*ms = (int)n;
	return true;
}
