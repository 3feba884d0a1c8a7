#ifndef EDGE_UNIT_FILE_H
#define EDGE_UNIT_FILE_H

#include "base/wordlist.h"

/*
 * The [Service] section of beschermd.service as systemd would read it: the unit and its
 * drop-ins in the folders of systemd.unit(5), or those that SYSTEMD_UNIT_PATH names.
 * systemd is not asked, as it need not run.
 */
struct unit_file {
	struct wordlist keys,
	    values; /* in their order; of the same number belong together */
};

/* False: there is no such unit, or it is masked. */
bool unit_file_read(struct unit_file *file);
void unit_file_clear(struct unit_file *file);

#endif
