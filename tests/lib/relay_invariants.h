#ifndef TESTS_RELAY_INVARIANTS_H
#define TESTS_RELAY_INVARIANTS_H

struct config;
struct evidence;

/* What holds of results that a relay gave, whatever the message.  NULL: it does. */
const char *relay_invariants_broken(
    const struct config *config, const struct evidence *ev);

#endif
