#ifndef CTL_AUDIT_AUDIT_CSV_H
#define CTL_AUDIT_AUDIT_CSV_H

#include <stdio.h>

struct pool;
struct result;

/* A line of CSV for each rule of each domain, below a line of names. */
void audit_csv_write(
    FILE *out, const struct result *result, char separator, struct pool *pool);

#endif
