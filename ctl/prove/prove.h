#ifndef CTL_PROVE_PROVE_H
#define CTL_PROVE_PROVE_H

/*
 * beschermctl prove: show on the running mail server that what comes in is checked.  0:
 * it is; 1: it is not; 64: wrong options; 69: no Postfix, no listener, no filter; 74: the
 * evidence cannot be written; 75: not all could be tested; 77: not root; 78: settings.
 */
int prove_run(int argc, char **argv);

extern const char prove_usage[], prove_help[];

#endif
