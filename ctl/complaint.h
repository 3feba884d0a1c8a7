#ifndef CTL_COMPLAINT_H
#define CTL_COMPLAINT_H

/*
 * "beschermctl: ..." on standard error: what stands in file names, files and options
 * gives no orders to a terminal.
 */
void complaint_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
