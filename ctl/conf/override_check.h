#ifndef CTL_CONF_OVERRIDE_CHECK_H
#define CTL_CONF_OVERRIDE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct config;
struct config_override;

/* The file of Overrides that beschermctl writes, before there is a new one. */
#define OVERRIDE_CHECK_NAME "overrides.conf"

/*
 * The settings of ${conf} (NULL: the installed file) as they would be if that file in
 * ${folder} held ${text}: read like all others, from the disk.  *${included}: do they
 * read it at all?  NULL with ${why}.
 */
struct config *override_check_load(const char *conf, const char *folder, const char *text,
    bool *included, char *why, size_t whysize);

/*
 * Would the daemon take the Overrides of ${config}: is none for a public suffix?  False
 * with ${why}, and *${bad}: which one; NULL: the list of suffixes cannot be read.
 */
bool override_check_suffixes(const struct config *config,
    const struct config_override **bad, char *why, size_t whysize);

#endif
