#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/oserror.h"
#include "base/text.h"
#include "ctl/complaint.h"
#include "ctl/page.h"
#include "ctl/report/report_job.h"
#include "ctl/report/told_report.h"

void
told_report_plan(const struct report_job *job)
{
	const struct destinations *d = &job->destinations;
	char quoted[PAGE_QUOTE_SIZE];
	const char *separator = "to=";

	printf("%s rows=%" PRId64 " messages=%" PRId64 " ", job->policy.domain,
	    job->made.rows, job->made.messages);
	if (job->reason != NULL)
		printf("reason=%s", job->reason);
	for (size_t i = 0; i < d->count && job->reason == NULL; i++) {
		if (d->list[i].word != NULL)
			continue;
		printf("%s%s", separator, d->list[i].address);
		separator = ",";
	}
	putchar('\n');
	for (size_t i = 0; i < d->count; i++) {
		if (d->list[i].word != NULL)
			printf("  %s %s\n", page_quote(d->list[i].address, quoted),
			    d->list[i].word);
	}
}

void
told_report_state(const struct report_job *job, const char *state)
{
	printf("report=%s domain=%s rows=%" PRId64 " messages=%" PRId64
	       " to=%zu state=%s%s%s\n",
	    job->made.id, job->policy.domain, job->made.rows, job->made.messages,
	    job->destinations.to, state, job->reason != NULL ? " reason=" : "",
	    job->reason != NULL ? job->reason : "");
	fflush(stdout);
}

static bool
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, data, len);

		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		data += done;
		len -= (size_t)done;
	}
	return true;
}

bool
told_report_file(const struct report_job *job, const char *dir)
{
	const struct made_report *made = &job->made;
	struct text path = { 0 };
	bool ok;
	int fd;

	/* Two long domains make a name that no file can have. */
	if (strlen(made->file_name) <= NAME_MAX)
		text_printf(&path, "%s/%s", dir, made->file_name);
	else
		text_printf(&path, "%s/%s.xml.gz", dir, made->id);
	fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	ok = fd != -1 && write_all(fd, made->gzip, made->gzip_len);
	if (!ok)
		complaint_print("%s: %s", path.data, oserror_text(errno));
	if (fd != -1)
		close(fd);
	text_free(&path);
	return ok;
}
