#ifndef CTL_CONF_CONVERT_OPENDMARC_H
#define CTL_CONF_CONVERT_OPENDMARC_H

struct convert;
struct convert_file;

/* Convert the whole of OpenDMARC's ${file}, which ${c} keeps until the next one. */
void convert_opendmarc_file(struct convert *c, const struct convert_file *file);

#endif
