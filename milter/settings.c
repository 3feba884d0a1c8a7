#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hostname.h"
#include "policy/config.h"
#include "settings.h"

static char *
read_file(const char *path, size_t *len, char *why, size_t whysize)
{
	return file_read(path, CONFIG_FILE_MAX, len, why, whysize);
}

static int
today(void)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	return (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
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
	config_warn_expired(config, today(), &config->warnings);
	return config;
}
