#ifndef NAMESERVER_H
#define NAMESERVER_H

/*
 * A name server on 127.0.0.1 in a thread of its own, for as many domains as one likes:
 * what it says about a name follows from the name.
 *
 *   _dmarc.f...                  v=DMARC1; p=reject
 *   _dmarc.soak.example          the same
 *   r12345678._domainkey...      an Ed25519 key made of the digits
 *   _spf.soak.example, u..., k...  SPF that lets 192.0.2.0/24 send
 *   f..., other names of SPF     v=spf1 -all
 *   ...dead...                   no answer at all
 *   in ${file}                   that ("name text" a line)
 *   all else                     does not exist; other types than TXT: no data
 *
 * Returns its port.  Ends the program where that cannot be.
 */
int nameserver_start(const char *file);

#endif
