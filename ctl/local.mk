# beschermctl: the admin's tool.  A library, so that its parts can be tested.
noinst_LIBRARIES += libctl.a
libctl_a_SOURCES = \
	ctl/conf.c ctl/conf.h \
	ctl/finding.c ctl/finding.h \
	ctl/judged.h \
	ctl/milters.c ctl/milters.h \
	ctl/mynetworks.c ctl/mynetworks.h \
	ctl/postconf.c ctl/postconf.h \
	ctl/postfix.c ctl/postfix.h \
	ctl/postfix_check.c ctl/postfix_check.h \
	ctl/postfix_socket.c ctl/postfix_socket.h \
	ctl/reach.c ctl/reach.h \
	ctl/text.h
# Of libedge.a the listener alone, so that libmilter is not linked.
ctl_libs = libctl.a libedge.a $(settings_libs) $(session_libs)

sbin_PROGRAMS += beschermctl
beschermctl_SOURCES = ctl/main.c
beschermctl_LDADD = $(ctl_libs) $(resolver_libs) -ljansson
