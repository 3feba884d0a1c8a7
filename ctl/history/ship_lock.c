#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/oserror.h"
#include "base/text.h"
#include "ctl/complaint.h"
#include "ctl/history/ship_lock.h"
#include "ctl/text.h"

int
ship_lock_take(const char *path, bool wait, int *code)
{
	struct text name = { 0 };
	int fd;

	text_printf(&name, "%s.ship", path);
	fd = open(name.data, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd != -1 && flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) == 0) {
		text_free(&name);
		return fd;
	}
	*code = errno == EWOULDBLOCK ? EX_TEMPFAIL : EX_IOERR;
	if (*code == EX_TEMPFAIL)
		complaint_print("%s", _("another beschermctl ship is running"));
	else
		complaint_print("%s: %s", name.data, oserror_text(errno));
	if (fd != -1)
		close(fd);
	text_free(&name);
	return -1;
}
