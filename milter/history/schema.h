#ifndef HISTORY_SCHEMA_H
#define HISTORY_SCHEMA_H

#include "history/store.h"

/* The schema of the history's file, and the way there from older ones. */
#define SCHEMA_VERSION 3

/*
 * Set up what a writer wants of an open file (WAL, FULL), make its tables or bring them
 * up to date, each step in a transaction.  STORE_FOREIGN with ${why}: it is newer, or not
 * a history.
 */
enum store_status schema_prepare(struct store *store, char *why, size_t whysize);

/* Could schema_prepare() work with it?  Changes nothing. */
enum store_status schema_check_version(struct store *store, char *why, size_t whysize);

/* For a reader: is it a history of this version, without triggers or views? */
enum store_status schema_check(struct store *store, char *why, size_t whysize);

#endif
