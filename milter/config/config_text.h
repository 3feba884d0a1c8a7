#ifndef CONFIG_CONFIG_TEXT_H
#define CONFIG_CONFIG_TEXT_H

#include <stdbool.h>
#include <stdio.h>

struct buf;

/*
 * Words, quotes and comments of one line.  Inside "..." a blank, comma or # is a
 * letter, and \ takes the next octet as it is.
 */

/*
 * Cut the comment off ${line} (# at its start, or after a blank outside quotes) and
 * the blanks around.  Returns its first letter.
 */
char *config_text_strip(char *line);

/*
 * Take the next word off *${rest}, which moves on: ended by one of ${separators}
 * outside quotes, its quotes taken away in place.  *${word} is NULL when there is
 * none left.  False: a quote is not closed.
 */
bool config_text_word(char **rest, const char *separators, char **word);

/*
 * A value that is one: all of ${text}, or what the quotes around all of it hold.
 * NULL: a quote is not closed, or something stands behind it; ${text} is as it was.
 */
char *config_text_whole(char *text);

/* Say in ${why} that ${text}, which may hold anything, ${what}.  Returns false. */
bool config_text_refuse(struct buf *why, const char *text, const char *what);

/* Write ${text} so that config_text_whole() reads it. */
void config_text_print(const char *text, FILE *out);

#endif
