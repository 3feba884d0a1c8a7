#include <sys/resource.h>

#include "base/log.h"
#include "dns/sockets.h"

#define FILES_WANTED 16384
#define FILES_OF_OTHERS \
	((rlim_t)1024) /* left for connections and the rest of the daemon */

int
sockets_allowed(int wanted)
{
	struct rlimit limit;
	rlim_t files;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return wanted / 8;
	if (limit.rlim_cur < FILES_WANTED) {
		limit.rlim_cur =
		    limit.rlim_max < FILES_WANTED ? limit.rlim_max : FILES_WANTED;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	files = limit.rlim_cur;
	if (files >= (rlim_t)wanted + FILES_OF_OTHERS)
		return wanted;
	files = files > 2 * FILES_OF_OTHERS ? files - FILES_OF_OTHERS : files / 2;
	log_warning("only %lu files may be open (RLIMIT_NOFILE): %lu DNS lookups at once",
	    (unsigned long)limit.rlim_cur, (unsigned long)files);
	return (int)files;
}
