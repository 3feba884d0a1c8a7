#ifndef CTL_CSV_H
#define CTL_CSV_H

#include <stdio.h>

/*
 * One cell of CSV (RFC 4180).  Text from outside may begin a formula: a cell that begins
 * with = + - @, a tab or a carriage return gets an apostrophe before it, as spreadsheets
 * read it.  Control characters and what is not ASCII stand as \xNN.  ${text} NULL: empty.
 */
void csv_cell(FILE *out, const char *text, char separator);

/* The same for phrases of ours and of the admin: letters of UTF-8 stay. */
void csv_phrase(FILE *out, const char *text, char separator);

#endif
