#ifndef CTL_HISTORY_TOLD_ROW_H
#define CTL_HISTORY_TOLD_ROW_H

#include <stdbool.h>
#include <stdio.h>

struct json_text;
struct query_gap;
struct query_row;

/*
 * One message of the history, or a gap in it, as a line: for people, as CSV, as JSON.
 * Whatever stands in the file gives no orders to a terminal, a spreadsheet or a reader.
 */
void told_row_line(FILE *out, const struct query_row *row);
void told_row_line_gap(FILE *out, const struct query_gap *gap);

/* With a column for the server that saw it, of a history that several share. */
struct told_row_table {
	char separator;
	bool shared;
};

void told_row_csv_header(FILE *out, const struct told_row_table *table);
void told_row_csv(
    FILE *out, const struct query_row *row, const struct told_row_table *table);
void told_row_csv_gap(
    FILE *out, const struct query_gap *gap, const struct told_row_table *table);

/* Keys are the columns of the schema, and server of a shared history; departures and
 * signatures are arrays. */
void told_row_json(FILE *out, const struct query_row *row);
void told_row_json_gap(FILE *out, const struct query_gap *gap);

/* A text of the file as it stands in JSON: printable ASCII, or null. */
void told_row_put(struct json_text *j, const char *key, const char *text);

/* The action as people are told it: "reject", or in monitor mode "would reject". */
#define TOLD_ROW_ACTION_SIZE 40
const char *told_row_action(const struct query_row *row, char text[TOLD_ROW_ACTION_SIZE]);

/* A text column, "" where there is none. */
const char *told_row_text(const struct query_row *row, int column);

#endif
