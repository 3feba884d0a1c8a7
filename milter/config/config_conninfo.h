#ifndef CONFIG_CONFIG_CONNINFO_H
#define CONFIG_CONFIG_CONNINFO_H

/*
 * A connection string of PostgreSQL: "host=db.example.net dbname=beschermd".  NULL:
 * ${text} is one that may stand in the settings, or is empty.  Else what is wrong, for
 * people: never a word of ${text}, which may be a password.
 */
const char *config_conninfo_check(const char *text);

#endif
