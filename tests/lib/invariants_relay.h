#ifndef TESTS_INVARIANTS_RELAY_H
#define TESTS_INVARIANTS_RELAY_H

struct config;
struct evidence;

/* What holds of results that a relay gave, whatever the message.  NULL: it does. */
const char *invariants_relay_broken(
    const struct config *config, const struct evidence *ev);

#endif
