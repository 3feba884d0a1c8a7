#ifndef POLICY_CONFIG_PRINT_H
#define POLICY_CONFIG_PRINT_H

#include <stdio.h>

struct config;
struct config_row;

/* Write the field of ${row} as a conf file would say it; of Overrides the first. */
void config_print_value(
    const struct config *config, const struct config_row *row, FILE *out);

#endif
