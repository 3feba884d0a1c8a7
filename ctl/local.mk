# beschermctl: the admin's tool.  A library, so that its parts can be tested.
noinst_LIBRARIES += libctl.a
libctl_a_SOURCES = \
	ctl/conf.c ctl/conf.h \
	ctl/convert.c ctl/convert.h \
	ctl/convert_opendkim.c ctl/convert_opendkim.h \
	ctl/convert_opendmarc.c ctl/convert_opendmarc.h \
	ctl/judged.h \
	ctl/text.h
ctl_libs = libctl.a $(settings_libs) $(session_libs)

sbin_PROGRAMS += beschermctl
beschermctl_SOURCES = ctl/main.c
beschermctl_LDADD = $(ctl_libs) $(resolver_libs) -ljansson
