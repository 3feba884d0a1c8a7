#ifndef CTL_EVIDENCE_H
#define CTL_EVIDENCE_H

/*
 * Where `beschermctl prove` keeps what it has found, and `beschermctl audit` looks for
 * it (record_folder.h).
 */
#define EVIDENCE_FOLDER "/var/lib/beschermd/evidence"
#define EVIDENCE_KIND "prove"
#define EVIDENCE_VERSION 1

#endif
