#include <stdio.h>
#include <unistd.h>

#include "base/hostname.h"

const char *
hostname_get(char name[HOSTNAME_SIZE])
{
	if (gethostname(name, HOSTNAME_SIZE) == -1)
		*name = '\0';
	name[HOSTNAME_SIZE - 1] = '\0';
	if (*name == '\0')
		snprintf(name, HOSTNAME_SIZE, "localhost");
	return name;
}
