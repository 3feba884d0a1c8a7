#include <inttypes.h>
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"
#include "ctl/csv.h"
#include "ctl/history/told_row.h"
#include "ctl/json.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "ctl/when.h"
#include "history/query.h"

const char *
told_row_text(const struct query_row *row, int column)
{
	const char *text = row->columns[column].text;

	return text != NULL ? text : "";
}

const char *
told_row_action(const struct query_row *row, char text[TOLD_ROW_ACTION_SIZE])
{
	const char *action = told_row_text(row, FACT_ACTION);
	const char *would = told_row_text(row, FACT_WOULD);
	char quoted[PAGE_QUOTE_SIZE];

	page_quote(would, quoted);
	if (strcmp(action, would) == 0)
		snprintf(text, TOLD_ROW_ACTION_SIZE, "%.20s", quoted);
	else
		snprintf(text, TOLD_ROW_ACTION_SIZE, _("would %.20s"), quoted);
	return text;
}

static const char *
author(const struct query_row *row)
{
	const char *from = told_row_text(row, FACT_HEADER_FROM);

	return *from != '\0' ? from : told_row_text(row, FACT_FROM_STATUS);
}

void
told_row_line(FILE *out, const struct query_row *row)
{
	char when[WHEN_TEXT_SIZE], action[TOLD_ROW_ACTION_SIZE];
	char from[PAGE_QUOTE_SIZE], id[PAGE_QUOTE_SIZE], client[PAGE_QUOTE_SIZE];
	char reason[PAGE_QUOTE_SIZE], server[PAGE_QUOTE_SIZE];

	fprintf(out, "%s  ", when_format(row->columns[FACT_AT].number, when));
	if (row->server != NULL)
		fprintf(out, "%-20s  ", page_quote(row->server, server));
	fprintf(out, "%-12s  %-14s  %-28s  %-15s  %s",
	    page_quote(told_row_text(row, FACT_QUEUE_ID), id),
	    told_row_action(row, action), page_quote(author(row), from),
	    page_quote(told_row_text(row, FACT_CLIENT), client),
	    page_quote(told_row_text(row, FACT_REASON), reason));
	if (row->columns[FACT_SEALED].text != NULL)
		fprintf(out, "  sealed=%s",
		    page_quote(row->columns[FACT_SEALED].text, reason));
	fputc('\n', out);
}

static const char *
lost_text(const struct query_gap *gap, char *text, size_t size)
{
	if (gap->lost < 0)
		snprintf(text, size, "%s", _("messages may be missing"));
	else
		snprintf(text, size,
		    ngettext("%" PRId64 " message is not remembered",
			"%" PRId64 " messages are not remembered",
			(unsigned long)gap->lost),
		    gap->lost);
	return text;
}

/* The words of history_loss.c, ledger.c and history_file.c in the reader's language. */
static const char *
cause_text(const struct query_gap *gap, char quoted[PAGE_QUOTE_SIZE])
{
	static const char *const causes[] = { N_("queue"), N_("disk"), N_("size"),
		N_("broken"), N_("stop"), N_("refused"), N_("crash"), N_("corrupt"),
		N_("removed") };

	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
		if (strcmp(gap->cause, causes[i]) == 0)
			return _(causes[i]);
	}
	return page_quote(gap->cause, quoted);
}

void
told_row_line_gap(FILE *out, const struct query_gap *gap)
{
	char begin[WHEN_TEXT_SIZE], end[WHEN_TEXT_SIZE], cause[PAGE_QUOTE_SIZE];
	char lost[200];

	fprintf(out, _("%s  gap until %s: %s (%s)\n"), when_format(gap->begin_at, begin),
	    when_format(gap->end_at, end), lost_text(gap, lost, sizeof lost),
	    cause_text(gap, cause));
}

/* The last cell, and the end of the line. */
static void
csv_end(FILE *out, const char *server, const struct told_row_table *table)
{
	if (table->shared) {
		fputc(table->separator, out);
		csv_cell(out, server, table->separator);
	}
	fputs("\r\n", out);
}

void
told_row_csv_header(FILE *out, const struct told_row_table *table)
{
	for (enum fact_column c = FACT_AT; c < FACT_COLUMNS; c++) {
		if (c > FACT_AT)
			fputc(table->separator, out);
		csv_cell(out, fact_column_name(c), table->separator);
	}
	csv_end(out, "server", table);
}

static void
csv_value(FILE *out, const struct fact_value *value, char separator)
{
	if (value->is_number)
		fprintf(out, "%" PRId64, value->number);
	else
		csv_cell(out, value->text, separator);
}

static void
csv_row(FILE *out, const struct fact_value columns[FACT_COLUMNS], const char *server,
    const struct told_row_table *table)
{
	for (enum fact_column c = FACT_AT; c < FACT_COLUMNS; c++) {
		if (c > FACT_AT)
			fputc(table->separator, out);
		csv_value(out, &columns[c], table->separator);
	}
	csv_end(out, server, table);
}

void
told_row_csv(FILE *out, const struct query_row *row, const struct told_row_table *table)
{
	csv_row(out, row->columns, row->server, table);
}

void
told_row_csv_gap(
    FILE *out, const struct query_gap *gap, const struct told_row_table *table)
{
	struct fact_value columns[FACT_COLUMNS] = {
		[FACT_AT] = STORE_NUMBER(gap->begin_at),
		[FACT_ACTION] = STORE_TEXT("gap"),
	};
	char reason[300], lost[30] = "unknown";

	if (gap->lost >= 0)
		snprintf(lost, sizeof lost, "%" PRId64, gap->lost);
	snprintf(reason, sizeof reason, "%.200s, lost: %s", gap->cause, lost);
	columns[FACT_REASON] = STORE_TEXT(reason);
	csv_row(out, columns, "", table);
}

static void
print_json(FILE *out, struct text *text)
{
	fwrite(text->data, 1, text->len, out);
	fputc('\n', out);
	text_free(text);
}

/* The daemon writes printable ASCII; another may have written anything. */
void
told_row_put(struct json_text *j, const char *key, const char *text)
{
	struct text plain = { 0 };

	for (const char *p = text; p != NULL && *p != '\0'; p++) {
		if (*p >= ' ' && *p <= '~')
			text_putc(&plain, *p);
		else
			text_printf(&plain, "\\x%02X", (unsigned char)*p);
	}
	json_text_string(j, key, text != NULL && *text != '\0' ? plain.data : text);
	text_free(&plain);
}

static bool
is_array(enum fact_column column)
{
	return column == FACT_DEPARTURES || column == FACT_SIGNATURES;
}

void
told_row_json(FILE *out, const struct query_row *row)
{
	struct text text = { 0 };
	struct json_text j = { .out = &text };

	json_text_object(&j, NULL);
	for (enum fact_column c = FACT_AT; c < FACT_COLUMNS; c++) {
		const struct fact_value *value = &row->columns[c];

		if (value->is_number)
			json_text_number(&j, fact_column_name(c), value->number);
		else if (is_array(c) && value->text != NULL &&
			 json_holds_array(value->text))
			json_text_raw(&j, fact_column_name(c), value->text);
		else
			told_row_put(&j, fact_column_name(c), value->text);
	}
	if (row->server != NULL)
		told_row_put(&j, "server", row->server);
	json_text_object_end(&j);
	print_json(out, &text);
}

void
told_row_json_gap(FILE *out, const struct query_gap *gap)
{
	struct text text = { 0 };
	struct json_text j = { .out = &text };

	json_text_object(&j, NULL);
	json_text_object(&j, "gap");
	json_text_number(&j, "begin", gap->begin_at);
	json_text_number(&j, "end", gap->end_at);
	if (gap->lost >= 0)
		json_text_number(&j, "lost", gap->lost);
	else
		json_text_null(&j, "lost");
	told_row_put(&j, "cause", gap->cause);
	json_text_object_end(&j);
	json_text_object_end(&j);
	print_json(out, &text);
}
