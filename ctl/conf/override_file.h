#ifndef CTL_CONF_OVERRIDE_FILE_H
#define CTL_CONF_OVERRIDE_FILE_H

/*
 * The one file that `beschermctl override` writes: overrides.conf in the folder
 * beschermd.d beside the settings.  From open to close nobody else changes it.  What goes
 * wrong is said; exit codes are those of the manual.
 */
struct override_file {
	const char *conf; /* the settings that read it; NULL: the installed file */
	char *folder, *path;
	char *text; /* what it holds; of a new one a remark */
	int fd;     /* of the folder, locked */
};

struct config;
struct config_override;

/*
 * EX_OK, or what to exit with.  The folder is made where it is missing, and the settings
 * would read it.
 */
int override_file_open(struct override_file *f, const char *conf);
void override_file_close(struct override_file *f);

/*
 * The settings with ${text} in the file, whole and as the daemon would take them.  NULL
 * with *${code}, also if they do not read it.  ${mine}: what is new in it, of which a
 * mistake is one of the command line; NULL: nothing.
 */
struct config *override_file_check(const struct override_file *f, const char *text,
    const struct config_override *mine, int *code);

/* The text takes the place of the old one, whole or not at all.  EX_OK, or an exit code.
 */
int override_file_write(const struct override_file *f, const char *text);

#endif
