#ifndef TESTS_CONF_TEMPLATE_H
#define TESTS_CONF_TEMPLATE_H

#include <stdio.h>

/* The shipped conf file, made from the table of settings (scripts/check-docs compares).
 */
void conf_template_print(FILE *out);

#endif
