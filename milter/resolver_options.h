#ifndef RESOLVER_OPTIONS_H
#define RESOLVER_OPTIONS_H

#include "dns/resolver.h"

struct config;

/* What the settings say of the resolver; points into them. */
struct resolver_options resolver_options_of(const struct config *config);

#endif
