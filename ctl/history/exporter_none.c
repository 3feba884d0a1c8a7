#include "ctl/complaint.h"
#include "ctl/history/exporter.h"
#include "ctl/text.h"

bool
exporter_is_built(void)
{
	complaint_print("%s", _("this build has no exporter: build it with libmicrohttpd "
				"(libmicrohttpd-dev)"));
	return false;
}

bool
exporter_serve(const char *path, int fd)
{
	(void)path;
	(void)fd;
	return false;
}
