#ifndef CTL_POSTFIX_POSTFIX_H
#define CTL_POSTFIX_POSTFIX_H

/*
 * beschermctl postfix: the lines of main.cf for the settings in force, and whether
 * Postfix is set up by them.  0: all is well; 1: something is to be mended; 64: wrong
 * options; 69: no Postfix; 78: our settings have mistakes.
 */
int postfix_run(int argc, char **argv);

#endif
