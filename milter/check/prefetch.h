#ifndef CHECK_PREFETCH_H
#define CHECK_PREFETCH_H

struct questions;

/*
 * Asks early what the checks will ask (Prefetch yes).  Nothing here blocks.  Names
 * are in normal form.
 */
void prefetch_spf(struct questions *q, const char *domain);   /* at MAIL */
void prefetch_dmarc(struct questions *q, const char *domain); /* at the From field */

#endif
