#ifndef CTL_JUDGE_TEST_H
#define CTL_JUDGE_TEST_H

/* beschermctl test: judge messages in files as the filter would, and say why. */
int test_run(int argc, char **argv);

/* For ctl/main.c: what follows the name of the verb, and what it means. */
extern const char test_usage[], test_help[];

#endif
