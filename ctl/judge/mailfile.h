#ifndef CTL_JUDGE_MAILFILE_H
#define CTL_JUDGE_MAILFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * One message in a file, read as Postfix would hand it to the filter: fields with LF
 * folds and their leading space, CR at the end of a line gone and elsewhere a space, a
 * field cut at 60,000 octets and at a NUL, without Return-Path, Bcc, Resent-Bcc and
 * Content-Length; the body in pieces with CRLF behind each line.  Line ends in the file
 * may be LF or CRLF.  What begins with no field has an empty header.  Takes the same
 * memory whatever the size.  One thread at a time.
 */
struct mailfile;

#define MAILFILE_FIELD_MAX 60000
#define MAILFILE_BODY_MAX 65535

/* Where a message is: all of a file, or a part of one. */
struct mailfile_place {
	const char *path; /* "-": standard input, kept in a temporary file first */
	off_t begin, end; /* octets; ${end} -1: to the end of the file */
	bool quoted;      /* an mbox: ">From " in the body was "From ", and so on */
};

/*
 * Open a regular file to read; NULL with ${why}.  Never waits for somebody to write, as
 * an open of a FIFO would, and never reads a device, which has no end.
 */
FILE *mailfile_fopen(const char *path, char *why, size_t whysize);

/* "From joe Mon Nov 30 ...", and not a field From with blanks before its colon. */
bool mailfile_is_mbox_line(const char *line, size_t len);

/* NULL with ${why}: cannot be read, or is empty. */
struct mailfile *mailfile_open(
    const struct mailfile_place *place, char *why, size_t whysize);
void mailfile_close(struct mailfile *f); /* NULL: nothing */

/*
 * The next field; both strings live until the next call.  False: the header ended.
 * ${all}: those too that Postfix would take away.
 */
bool mailfile_field(struct mailfile *f, bool all, const char **name, const char **value);

/* Back to the first field. */
void mailfile_rewind(struct mailfile *f);

/* After the last field: the next piece of the body; 0 octets: the message ended. */
size_t mailfile_body(struct mailfile *f, const unsigned char **data);

/* The file could not be read to its end. */
bool mailfile_failed(const struct mailfile *f);

#endif
