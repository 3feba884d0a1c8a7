#ifndef CTL_POSTFIX_POSTFIX_PROVE_H
#define CTL_POSTFIX_POSTFIX_PROVE_H

struct postfix_setup;

/*
 * The listener of `beschermctl prove`, if there is one, and that nothing else goes by its
 * name: what does is half way to being a test for beschermd.
 */
void postfix_prove_check(struct postfix_setup *setup);

#endif
