#ifndef CONFIG_CONFIG_PRINT_H
#define CONFIG_CONFIG_PRINT_H

#include <stdbool.h>
#include <stdio.h>

struct config;
struct config_row;

/* Write the field of ${row} as a conf file would say it; of Overrides the first. */
void config_print_value(
    const struct config *config, const struct config_row *row, FILE *out);

/* Do both say the same of ${row}?  Of Overrides: all of them, in the same order. */
bool config_print_is_equal(
    const struct config *a, const struct config *b, const struct config_row *row);

/*
 * Write every setting with its value in force and, as a comment, where it comes
 * from: a conf file that says the same.
 */
void config_print(const struct config *config, FILE *out);

#endif
