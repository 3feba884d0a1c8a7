#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/conf.h"
#include "policy/config.h"
#include "settings.h"

#define WHY_OCTETS 1024

int
conf_run(int argc, char **argv)
{
	const char *path = NULL;
	char why[WHY_OCTETS];
	struct config *config;
	int flag;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	while ((flag = getopt(argc, argv, "c:")) != -1) {
		if (flag != 'c')
			return EX_USAGE;
		path = optarg;
	}
	config = settings_load(path, NULL, 0, why, sizeof why);
	if (config == NULL) {
		fprintf(stderr, "beschermctl: %s\n", why);
		return EX_CONFIG;
	}
	config_print(config, stdout);
	config_free(config);
	return EX_OK;
}
