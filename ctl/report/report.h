#ifndef CTL_REPORT_REPORT_H
#define CTL_REPORT_REPORT_H

/* beschermctl report: aggregate reports to sender domains (RFC 9990). */
extern const char report_usage[], report_help[];
int report_run(int argc, char **argv);

#endif
