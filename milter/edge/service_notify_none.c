#include "edge/service_notify.h"

void
service_notify_send(const char *state)
{
	(void)state;
}

const char *
service_notify_kind(void)
{
	return "none";
}
