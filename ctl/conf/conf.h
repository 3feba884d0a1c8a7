#ifndef CTL_CONF_CONF_H
#define CTL_CONF_CONF_H

/*
 * beschermctl conf: the settings in force, and where each comes from; or a conf file
 * made from those of OpenDMARC and OpenDKIM.
 */
int conf_run(int argc, char **argv);
extern const char conf_usage[], conf_help[];

#endif
