#include <time.h>
#include <unistd.h>

#include "base/day.h"
#include "base/file.h"
#include "base/hostname.h"
#include "config/config.h"
#include "settings.h"

static char *
read_file(const char *path, size_t *len, char *why, size_t whysize)
{
	return file_read(path, CONFIG_FILE_MAX, len, why, whysize);
}

struct config *
settings_load(const char *path, const char *const *settings, size_t setting_count,
    char *why, size_t whysize)
{
	struct config *config;
	char host[HOSTNAME_SIZE];

	if (path == NULL && access(SETTINGS_FILE, F_OK) == 0)
		path = SETTINGS_FILE;
	config = config_load(path, read_file, settings, setting_count, why, whysize);
	if (config == NULL)
		return NULL;
	config_name_host(config, hostname_get(host));
	config_warn_expired(config, day_local(time(NULL)), &config->warnings);
	return config;
}
