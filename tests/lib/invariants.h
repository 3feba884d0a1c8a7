#ifndef INVARIANTS_H
#define INVARIANTS_H

struct actions;
struct config;
struct pool;
struct session;

/*
 * What holds of every message, whatever its octets and the answers of the DNS: between
 * session_end() and session_done().  ${header}: all fields that were handed over, as in
 * struct case_event.  Returns what does not hold, or NULL.
 */
const char *invariants_broken(const struct session *session, const struct config *config,
    const struct actions *actions, const char *header, struct pool *pool);

/* May ${line} stand in a log as one line? */
const char *invariants_broken_line(const char *line);

#endif
