#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "config/config_loader.h"
#include "config/config_opendmarc.h"
#include "config/config_place.h"

static void
place_file(void *arg, const char *path, const char *place)
{
	config_place_file(arg, path, place);
}

void
config_loader_init(struct config_loader *l, struct config *config,
    const struct config_reader *reader, struct buf *why)
{
	*l = (struct config_loader){
		.config = config,
		.why = why,
		.lines = { .reader = reader,
		    .why = why,
		    .opens = place_file,
		    .arg = config,
		    .is_theirs = config_opendmarc_is_theirs },
	};
}

void
config_loader_warn(
    struct config_loader *l, const struct config_source *from, const char *fmt, ...)
{
	char text[CONFIG_PATH_OCTETS + 600];
	int len =
	    snprintf(text, CONFIG_PATH_OCTETS + 20, "%s:%d: ", from->path, from->line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, sizeof text - (size_t)len, fmt, ap);
	va_end(ap);
	wordlist_add(&l->config->warnings, text);
}
