#ifndef RESOLVER_SETTINGS_H
#define RESOLVER_SETTINGS_H

#include "dns/resolver.h"

struct config;

/* The resolver that the settings ask for; ${config} must live until it is open. */
struct resolver_options resolver_settings_options(const struct config *config);

#endif
