# beschermctl: the admin's tool.  A library, so that its parts can be tested.
noinst_LIBRARIES += libctl.a
libctl_a_SOURCES = \
	ctl/batch.c ctl/batch.h \
	ctl/complaint.c ctl/complaint.h \
	ctl/conf.c ctl/conf.h \
	ctl/convert.c ctl/convert.h \
	ctl/convert_opendkim.c ctl/convert_opendkim.h \
	ctl/convert_opendmarc.c ctl/convert_opendmarc.h \
	ctl/explain.c ctl/explain.h \
	ctl/explain_dkim.c \
	ctl/explain_dmarc.c \
	ctl/explain_dns.c \
	ctl/explain_header.c \
	ctl/explain_parts.h \
	ctl/explain_rule.c \
	ctl/explain_sender.c \
	ctl/explain_spf.c \
	ctl/explain_verdict.c \
	ctl/finding.c ctl/finding.h \
	ctl/json.c ctl/json.h \
	ctl/judge.c ctl/judge.h \
	ctl/judged.h \
	ctl/mailfile.c ctl/mailfile.h \
	ctl/milters.c ctl/milters.h \
	ctl/mynetworks.c ctl/mynetworks.h \
	ctl/page.c ctl/page.h \
	ctl/postconf.c ctl/postconf.h \
	ctl/postfix.c ctl/postfix.h \
	ctl/postfix_check.c ctl/postfix_check.h \
	ctl/postfix_socket.c ctl/postfix_socket.h \
	ctl/reach.c ctl/reach.h \
	ctl/reason.c ctl/reason.h \
	ctl/source.c ctl/source.h \
	ctl/summary.c ctl/summary.h \
	ctl/test.c ctl/test.h \
	ctl/text.h
# Of libedge.a the listener alone, so that libmilter is not linked.
ctl_libs = libctl.a libedge.a $(settings_libs) $(session_libs)

sbin_PROGRAMS += beschermctl
beschermctl_SOURCES = ctl/main.c
beschermctl_LDADD = $(ctl_libs) $(resolver_libs) -ljansson
