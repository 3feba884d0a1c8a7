#ifndef CTL_HISTORY_STORED_SETTINGS_H
#define CTL_HISTORY_STORED_SETTINGS_H

struct config;

/*
 * The settings that a remembered message was judged by, from their text in the history
 * (config_print()'s), with the lines of the conf files in which they stood then.  NULL:
 * this version cannot read them any more.  The caller's to config_free().
 */
struct config *stored_settings_read(const char *text);

#endif
