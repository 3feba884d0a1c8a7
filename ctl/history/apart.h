#ifndef CTL_HISTORY_APART_H
#define CTL_HISTORY_APART_H

#include <stdio.h>

/*
 * Do ${work} in a process of its own, for who is root and wants to stay so: who opens the
 * history becomes its owner.  ${work} writes its answer to ${out} and returns an exit
 * code, which is returned; EX_SOFTWARE if it dies.  The answer, APART_MAX octets at most
 * and free()d by the caller, is as good as what stands in the file: to be read as a
 * stranger's.  No threads yet.
 */
#define APART_MAX ((size_t)4 * 1024 * 1024)
int apart_run(int (*work)(void *cookie, FILE *out), void *cookie, char **answer);

#endif
