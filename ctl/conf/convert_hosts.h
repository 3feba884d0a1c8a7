#ifndef CTL_CONF_CONVERT_HOSTS_H
#define CTL_CONF_CONVERT_HOSTS_H

struct convert;

/*
 * The addresses and networks of a list of another program, with commas between them,
 * free()d by the caller.  What cannot be one of ours is left out with a warning: names,
 * exceptions (!), and networks so wide that half the Internet would be in them.
 */
char *convert_hosts_words(struct convert *c, const char *list);

/* The same of a data set of OpenDKIM, opendkim(8): a list, or a file with one a line. */
char *convert_hosts_file(struct convert *c, const char *dataset);

/*
 * Where the file ${name} of such a list is, free()d by the caller: a relative path is
 * taken from the folder of the file that names it.
 */
char *convert_hosts_path(const struct convert *c, const char *name);

/* Quote the entry, and add ${list} to the setting ${name}, one of networks. */
void convert_hosts_put(struct convert *c, const char *name, const char *list);

#endif
