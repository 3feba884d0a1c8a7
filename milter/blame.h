#ifndef BLAME_H
#define BLAME_H

#include <stddef.h>

struct config;

/*
 * Which setting kept a part from being opened: its name before ${why}, and file and line
 * where it was set.
 */
void blame_setting(
    const struct config *config, const char *setting, char *why, size_t whysize);

/* The same for the resolver, where it was one: ${why} begins with what failed. */
void blame_dns(const struct config *config, char *why, size_t whysize);

#endif
