#ifndef CTL_AUDIT_TRANSPORT_RECORD_H
#define CTL_AUDIT_TRANSPORT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The TXT records of MTA-STS (RFC 8461 section 3.1) and of TLS reporting (RFC 8460
 * section 3), any octets with a NUL behind them.  Pure.
 */

/* Does it begin as one?  Others at that name do not count. */
bool transport_record_is_sts(const char *text, size_t len);
bool transport_record_is_tls_rpt(const char *text, size_t len);

/* What is wrong with one, a constant to be translated; NULL: nothing. */
const char *transport_record_check_sts(const char *text, size_t len);
const char *transport_record_check_tls_rpt(const char *text, size_t len);

#endif
