#ifndef INVARIANTS_FORWARD_H
#define INVARIANTS_FORWARD_H

struct config;
struct evidence;
struct verdict;

/*
 * What holds of every message about TrustedForwarders, and of who says that it sealed it,
 * by the names alone: a constant that says what does not, or NULL.
 */
const char *invariants_forward_broken(const struct config *config,
    const struct evidence *ev, const struct verdict *verdict);

#endif
