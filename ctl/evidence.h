#ifndef CTL_EVIDENCE_H
#define CTL_EVIDENCE_H

/*
 * Where `beschermctl prove` keeps what it has found, and `beschermctl audit` looks for
 * it: prove-20261130T021500Z.json, UTC.
 */
#define EVIDENCE_FOLDER "/var/lib/beschermd/evidence"
#define EVIDENCE_NAME "prove-%Y%m%dT%H%M%SZ"         /* of strftime(3) */
#define EVIDENCE_SHAPE "prove-00000000T000000Z.json" /* 0: any digit */
#define EVIDENCE_VERSION 1

#endif
