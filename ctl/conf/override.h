#ifndef CTL_CONF_OVERRIDE_H
#define CTL_CONF_OVERRIDE_H

/* `beschermctl override`: exceptions, told and changed.  Returns what to exit with. */
int override_run(int argc, char **argv);

/* For `beschermctl help override`. */
extern const char override_usage[];
extern const char override_help[];

#endif
