#ifndef CONFIG_CONFIG_LOADER_H
#define CONFIG_CONFIG_LOADER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/config_lines.h"

struct buf;
struct config_row;

/* The files of a conf while they are read: for config_file.c alone. */
struct config_loader {
	struct config *config;
	struct config_lines lines;
	/* "file:line: NAME" of the first key that only OpenDMARC has; NULL: none yet */
	char *opendmarc;
	const struct config_row *choice; /* what its choice set; NULL: it made none */
	struct buf *why;
};

/* Ready to read for ${config}, with ${why}. */
void config_loader_init(struct config_loader *l, struct config *config,
    const struct config_reader *reader, struct buf *why);

/* Among the warnings of the config, behind file and line. */
void config_loader_warn(struct config_loader *l, const struct config_source *from,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
