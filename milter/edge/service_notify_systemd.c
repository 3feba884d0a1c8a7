#include <systemd/sd-daemon.h>

#include "edge/service_notify.h"

void
service_notify_send(const char *state)
{
	/* Not under systemd it does nothing; and nothing could be done about a failure.
	 */
	(void)sd_notify(0, state);
}

const char *
service_notify_kind(void)
{
	return "systemd";
}
