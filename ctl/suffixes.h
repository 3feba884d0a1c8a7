#ifndef CTL_SUFFIXES_H
#define CTL_SUFFIXES_H

#include <stdbool.h>
#include <stddef.h>

struct config;
struct orgdomain_list;

/* The public suffix list of the settings; NULL with ${why}: cannot be read. */
struct orgdomain_list *suffixes_open(
    const struct config *config, char *why, size_t whysize);

/*
 * Would the filter take an Override for ${domain}, by those settings?  False with ${why}:
 * it is a public suffix, or that is not known.
 */
bool suffixes_take_override(
    const struct config *config, const char *domain, char *why, size_t whysize);

/* The same by an open list. */
bool suffixes_list_takes_override(
    const struct orgdomain_list *list, const char *domain, char *why, size_t whysize);

#endif
