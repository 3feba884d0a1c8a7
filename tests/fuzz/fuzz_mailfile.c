/* Whatever is in a file: fields and lines as an MTA could hand them over, and an end. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/judge/mailfile.h"
#include "ctl/judge/source.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/fuzz_mailfile.XXXXXX";

static void
forget(void)
{
	unlink(path);
}

static void
put(const uint8_t *data, size_t size)
{
	static bool made;
	FILE *file;

	if (!made) {
		int fd = mkstemp(path);

		must(fd != -1);
		close(fd);
		atexit(forget);
		made = true;
	}
	file = fopen(path, "we");
	must(file != NULL && fwrite(data, 1, size, file) == size);
	fclose(file);
}

static size_t
check_fields(struct mailfile *f)
{
	const char *name, *value;
	size_t octets = 0;

	while (mailfile_field(f, false, &name, &value)) {
		must(*name != '\0' && strpbrk(name, " \t\r\n:") == NULL);
		must(strlen(name) + strlen(value) <= MAILFILE_FIELD_MAX);
		must(strchr(value, '\r') == NULL);
		for (const char *fold = value; (fold = strchr(fold, '\n')) != NULL;) {
			fold++;
			must(*fold == ' ' || *fold == '\t');
		}
		octets += strlen(name) + strlen(value);
	}
	return octets;
}

/* CR stands before LF and nowhere else, and LF behind CR. */
static size_t
check_body(struct mailfile *f)
{
	const unsigned char *data;
	size_t len, octets = 0;
	int last = '\n';

	while ((len = mailfile_body(f, &data)) > 0) {
		must(len <= MAILFILE_BODY_MAX);
		for (size_t i = 0; i < len; i++) {
			must((data[i] == '\n') == (last == '\r'));
			last = data[i];
		}
		octets += len;
	}
	must(last == '\n');
	return octets;
}

static void
check_message(const struct mailfile_place *place)
{
	char why[128] = "";
	struct mailfile *f = mailfile_open(place, why, sizeof why);
	size_t fields, body;

	if (f == NULL) {
		must(*why != '\0');
		return;
	}
	fields = check_fields(f);
	body = check_body(f);
	mailfile_rewind(f);
	must(check_fields(f) == fields);
	must(check_body(f) == body);
	mailfile_close(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source s = { 0 };
	char why[256];

	put(data, size);
	check_message(&(struct mailfile_place){ path, 0, -1, false });
	if (source_add_mbox(&s, path, why, sizeof why)) {
		for (size_t i = 0; i < s.count; i++) {
			const struct mailfile_place *p = &s.messages[i].place;

			must(p->begin >= 0 && p->begin < (off_t)size);
			must(
			    p->end == -1 || (p->end > p->begin && p->end <= (off_t)size));
			check_message(p);
		}
	}
	source_clear(&s);
	return 0;
}
