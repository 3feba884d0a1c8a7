#ifndef CTL_CONF_CONVERT_POLICYD_SPF_H
#define CTL_CONF_CONVERT_POLICYD_SPF_H

struct convert;
struct convert_file;

/* Convert the whole of policyd-spf's ${file}, which ${c} keeps until the next one. */
void convert_policyd_spf_file(struct convert *c, const struct convert_file *file);

#endif
