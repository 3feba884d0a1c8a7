#ifndef CTL_HISTORY_SHARED_SCHEMA_H
#define CTL_HISTORY_SHARED_SCHEMA_H

#include <stdio.h>

#include "history/store.h"

struct shared;

/*
 * The tables of a history that several hosts share, as `ship --print-schema` prints them
 * for the owner of the database.  They stand in a schema of their own, so that nothing
 * that others may make in the database is taken for them.
 */
#define SHARED_SCHEMA_NAME "beschermd"
#define SHARED_SCHEMA_VERSION 3

void shared_schema_print(FILE *out);

/* Are the tables there, and of this version?  Not STORE_OK: with ${why}. */
enum store_status shared_schema_check(struct shared *shared, char *why, size_t whysize);

#endif
