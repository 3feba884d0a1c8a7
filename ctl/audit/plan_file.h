#ifndef CTL_AUDIT_PLAN_FILE_H
#define CTL_AUDIT_PLAN_FILE_H

#include <stddef.h>

struct config_reader;
struct plan;

/*
 * The plan that a file tells, with what it includes.  ${path} NULL: none, nothing in it.
 * NULL with ${why}: each mistake a line, behind file and line.  Pure but for ${reader};
 * ${today} is YYYYMMDD.
 */
struct plan *plan_file_read(const char *path, const struct config_reader *reader,
    int today, char *why, size_t whysize);

#endif
