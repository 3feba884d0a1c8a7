#ifndef CTL_AUDIT_AUDIT_H
#define CTL_AUDIT_AUDIT_H

/* beschermctl audit: the organisation's own domains, held against every rule. */
int audit_run(int argc, char **argv);

extern const char audit_usage[];
extern const char audit_help[];

#endif
