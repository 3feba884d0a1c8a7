#ifndef CTL_JUDGE_FORWARDING_H
#define CTL_JUDGE_FORWARDING_H

struct evidence;

/*
 * What shows that somebody passed the message on, and did not write it: the author's own
 * signature holds for the header and not for the body, or the envelope sender is one that
 * a forwarder rewrote (SRS), and is its own.  A forger can have both, so it is a sign and
 * no proof; without one, mail that fails looks as forged mail does.
 */
enum forwarding { FORWARDING_NONE, FORWARDING_BODY, FORWARDING_SRS };

enum forwarding forwarding_of(const struct evidence *ev);

#endif
