#ifndef CTL_CONF_H
#define CTL_CONF_H

/* beschermctl conf: the settings in force, and where each comes from. */
int conf_run(int argc, char **argv);

#endif
