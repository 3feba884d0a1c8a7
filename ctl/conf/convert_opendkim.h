#ifndef CTL_CONF_CONVERT_OPENDKIM_H
#define CTL_CONF_CONVERT_OPENDKIM_H

struct convert;
struct convert_file;

/* Convert the whole of OpenDKIM's ${file}, which ${c} keeps until the next one. */
void convert_opendkim_file(struct convert *c, const struct convert_file *file);

#endif
