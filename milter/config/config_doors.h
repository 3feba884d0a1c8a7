#ifndef CONFIG_CONFIG_DOORS_H
#define CONFIG_CONFIG_DOORS_H

struct config;
struct wordlist;

/*
 * Add a line to ${warnings} for each setting of ${config} that lets forged mail, or
 * forged results, in for anybody who knows of it.  Pure.
 */
void config_doors_warn(const struct config *config, struct wordlist *warnings);

#endif
