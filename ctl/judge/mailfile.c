#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/oserror.h"
#include "ctl/judge/mailfile.h"
#include "ctl/text.h"

struct mailfile {
	FILE *file;
	struct mailfile_place place;
	off_t at; /* of the next octet */
	char *field;
	size_t len;          /* of ${field} */
	unsigned char *body; /* a piece under way */
	size_t body_len;
	size_t crs;       /* seen and not yet known to end a line */
	bool line_begins; /* in the body */
	bool ended;
};

static const char mbox_mark[] = "From ";

/* The next octet of the message, or EOF. */
static int
next(struct mailfile *f)
{
	int c = EOF;

	/* NOLINTBEGIN(concurrency-mt-unsafe): no other thread has this file */
	if (f->place.end == -1 || f->at < f->place.end)
		c = getc_unlocked(f->file);
	/* NOLINTEND(concurrency-mt-unsafe) */
	if (c != EOF)
		f->at++;
	return c;
}

static void
go_to(struct mailfile *f, off_t at)
{
	fseeko(f->file, at, SEEK_SET);
	f->at = at;
}

static int
peek(struct mailfile *f)
{
	int c = next(f);

	if (c != EOF) {
		ungetc(c, f->file);
		f->at--;
	}
	return c;
}

static void
keep(struct mailfile *f, int c)
{
	if (f->len < MAILFILE_FIELD_MAX)
		f->field[f->len++] = (char)c;
}

/* Add one line to ${field}, without its end.  False: there was none. */
static bool
read_line(struct mailfile *f)
{
	size_t crs = 0;
	int c = next(f);

	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = next(f)) {
		if (c == '\r') {
			crs++;
			continue;
		}
		for (; crs > 0; crs--)
			keep(f, ' ');
		keep(f, c);
	}
	return true;
}

/* Where the colon is: behind printable characters, and white space perhaps; else 0. */
static size_t
colon_of(const char *line, size_t len)
{
	size_t name = 0, at;

	while (name < len && line[name] > ' ' && line[name] < 0x7f && line[name] != ':')
		name++;
	for (at = name; at < len && (line[at] == ' ' || line[at] == '\t'); at++)
		continue;
	return name > 0 && at < len && line[at] == ':' ? at : 0;
}

/* A field with its folds into ${field}; returns where its colon is, 0: none is left. */
static size_t
read_field(struct mailfile *f)
{
	off_t begin = f->at;
	size_t colon;
	int c;

	f->len = 0;
	if (!read_line(f) || f->len == 0)
		return 0;
	colon = colon_of(f->field, f->len);
	if (colon == 0) { /* what is no field begins the body */
		go_to(f, begin);
		return 0;
	}
	while ((c = peek(f)) == ' ' || c == '\t') {
		keep(f, '\n');
		read_line(f);
	}
	f->field[f->len] = '\0';
	return colon;
}

static bool
is_taken_away(const char *name)
{
	return strcasecmp(name, "Return-Path") == 0 || strcasecmp(name, "Bcc") == 0 ||
	       strcasecmp(name, "Resent-Bcc") == 0 ||
	       strcasecmp(name, "Content-Length") == 0;
}

bool
mailfile_field(struct mailfile *f, bool all, const char **name, const char **value)
{
	size_t colon, end;

	do {
		colon = read_field(f);
		if (colon == 0)
			return false;
		for (end = colon; f->field[end - 1] == ' ' || f->field[end - 1] == '\t';)
			end--;
		f->field[end] = '\0';
	} while (!all && is_taken_away(f->field));
	*name = f->field;
	*value = f->field + colon + 1;
	return true;
}

static void
emit(struct mailfile *f, int c)
{
	f->body[f->body_len++] = (unsigned char)c;
}

/* One octet of the body, at most with the CRs that were held back before it. */
static void
take(struct mailfile *f, int c)
{
	if (c == '\r') {
		f->crs++;
		return;
	}
	if (c == '\n') {
		f->crs = 0;
		emit(f, '\r');
		emit(f, '\n');
		f->line_begins = true;
		return;
	}
	f->line_begins = false;
	emit(f, c);
}

/*
 * mbox, behind a ">": what a writer quoted so that no line begins as a message does.
 * Writers of the kind "mboxrd" quote what looks quoted, too.
 */
static bool
is_quoted_line(struct mailfile *f)
{
	off_t at = f->at;
	bool yes = true;

	while (peek(f) == '>')
		next(f);
	for (size_t i = 0; i + 1 < sizeof mbox_mark && yes; i++)
		yes = next(f) == mbox_mark[i];
	go_to(f, at);
	return yes;
}

static void
end_body(struct mailfile *f)
{
	f->ended = true;
	f->crs = 0;
	if (!f->line_begins)
		take(f, '\n');
}

size_t
mailfile_body(struct mailfile *f, const unsigned char **data)
{
	f->body_len = 0;
	*data = f->body;
	while (!f->ended && f->body_len + 2 < MAILFILE_BODY_MAX) {
		int c;

		if (f->crs > 0 && (c = peek(f)) != '\r' && c != '\n' && c != EOF) {
			f->crs--;
			f->line_begins = false;
			emit(f, ' ');
			continue;
		}
		c = next(f);
		if (c == '>' && f->place.quoted && f->line_begins && is_quoted_line(f))
			c = next(f);
		if (c == EOF)
			end_body(f);
		else
			take(f, c);
	}
	return f->body_len;
}

bool
mailfile_is_mbox_line(const char *line, size_t len)
{
	const size_t mark = sizeof mbox_mark - 1;

	return len >= mark && memcmp(line, mbox_mark, mark) == 0 &&
	       colon_of(line, len) == 0;
}

/*
 * An mbox's own line, and what came along with a message out of it: Postfix lets no line
 * of that kind begin the body, quoted or not.
 */
static void
skip_mbox_lines(struct mailfile *f)
{
	off_t begin;
	size_t quotes;

	do {
		begin = f->at;
		f->len = quotes = 0;
		read_line(f);
		while (quotes < f->len && f->field[quotes] == '>')
			quotes++;
	} while (mailfile_is_mbox_line(f->field + quotes, f->len - quotes));
	go_to(f, begin);
}

void
mailfile_rewind(struct mailfile *f)
{
	go_to(f, f->place.begin);
	skip_mbox_lines(f);
	f->line_begins = true;
	f->ended = false;
	f->crs = 0;
}

/* Standard input can be read only once. */
static FILE *
keep_input(void)
{
	FILE *kept = tmpfile();
	char piece[BUFSIZ];
	size_t n;

	if (kept == NULL)
		return NULL;
	while ((n = fread(piece, 1, sizeof piece, stdin)) > 0)
		fwrite(piece, 1, n, kept);
	if (ferror(stdin) || fflush(kept) != 0 || ferror(kept)) {
		fclose(kept);
		return NULL;
	}
	return kept;
}

FILE *
mailfile_fopen(const char *path, char *why, size_t whysize)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *file = fd == -1 ? NULL : fdopen(fd, "r");
	struct stat st;

	if (file == NULL || fstat(fd, &st) == -1)
		snprintf(why, whysize, "%s", oserror_text(errno));
	else if (S_ISDIR(st.st_mode))
		snprintf(why, whysize, "%s", oserror_text(EISDIR));
	else if (!S_ISREG(st.st_mode))
		snprintf(why, whysize, "%s", _("is not a regular file"));
	else
		return file;
	if (file != NULL)
		fclose(file);
	else if (fd != -1)
		close(fd);
	return NULL;
}

static FILE *
open_file(const char *path, char *why, size_t whysize)
{
	FILE *file;

	if (strcmp(path, "-") != 0)
		return mailfile_fopen(path, why, whysize);
	file = keep_input();
	if (file == NULL)
		snprintf(why, whysize, "%s", oserror_text(errno));
	return file;
}

/* Why there is nothing to judge; NULL: there is.  An MTA takes any text for a message. */
static const char *
fault_of(struct mailfile *f)
{
	go_to(f, f->place.begin);
	if (peek(f) == EOF)
		return ferror(f->file) ? _("cannot be read") : _("is empty");
	mailfile_rewind(f);
	return NULL;
}

struct mailfile *
mailfile_open(const struct mailfile_place *place, char *why, size_t whysize)
{
	FILE *file = open_file(place->path, why, whysize);
	struct mailfile *f;
	const char *fault;

	if (file == NULL)
		return NULL;
	f = mem_alloc(sizeof *f);
	f->file = file;
	f->place = *place;
	f->field = mem_alloc(MAILFILE_FIELD_MAX + 1);
	f->body = mem_alloc(MAILFILE_BODY_MAX);
	fault = fault_of(f);
	if (fault == NULL)
		return f;
	snprintf(why, whysize, "%s", fault);
	mailfile_close(f);
	return NULL;
}

void
mailfile_close(struct mailfile *f)
{
	if (f == NULL)
		return;
	fclose(f->file);
	free(f->field);
	free(f->body);
	free(f);
}

bool
mailfile_failed(const struct mailfile *f)
{
	return ferror(f->file) != 0;
}
