# Measurements, built when asked for: tests/bench/README.md.
EXTRA_DIST += tests/bench/README.md tests/bench/bench_audit.py tests/bench/bench_ctl.py tests/bench/bench_held.py \
	tests/bench/bench_message.py tests/bench/bench_postfix.py \
	tests/bench/bench_history_read.py \
	tests/bench/bench_overview.py tests/bench/bench_removals.py \
	tests/bench/bench_ship.py
EXTRA_PROGRAMS += tests/bench/bench_dmarc
tests_bench_bench_dmarc_SOURCES = tests/bench/bench_dmarc.c $(dmarc_case)
tests_bench_bench_dmarc_LDADD = $(check_libs) $(zone_resolver_libs)
EXTRA_PROGRAMS += tests/bench/bench_dns
tests_bench_bench_dns_LDADD = $(resolver_libs)
EXTRA_PROGRAMS += tests/bench/bench_history
tests_bench_bench_history_LDADD = libtestconf.a $(session_libs) $(zone_resolver_libs)
EXTRA_PROGRAMS += tests/bench/bench_memory
tests_bench_bench_memory_SOURCES = tests/bench/bench_memory.c
tests_bench_bench_memory_LDADD = libtestconf.a $(session_libs) $(zone_resolver_libs)
EXTRA_PROGRAMS += tests/bench/bench_spf
tests_bench_bench_spf_LDADD = $(check_libs) $(zone_resolver_libs)
EXTRA_PROGRAMS += tests/bench/dkim
tests_bench_dkim_SOURCES = tests/bench/dkim.c $(dkim_run) $(dkim_sign)
tests_bench_dkim_LDADD = $(check_libs) $(zone_resolver_libs)
# The soak: tests/bench/soak, with these.
EXTRA_DIST += tests/bench/soak
EXTRA_PROGRAMS += tests/bench/traffic
tests_bench_traffic_SOURCES = tests/bench/traffic.c \
	tests/bench/nameserver.c tests/bench/nameserver.h \
	tests/bench/traffic_script.c tests/bench/traffic_script.h
tests_bench_traffic_LDADD = $(base_libs)
EXTRA_DIST += tests/bench/heapwatch.c
tests/bench/heapwatch.so: $(srcdir)/tests/bench/heapwatch.c
	$(CC) $(CFLAGS) -D_GNU_SOURCE -std=gnu11 -shared -fPIC -o $@ $(srcdir)/tests/bench/heapwatch.c
CLEANFILES += tests/bench/heapwatch.so
tests/bench/soak-tools: beschermd$(EXEEXT) tests/bench/traffic$(EXEEXT) tests/bench/heapwatch.so
.PHONY: tests/bench/soak-tools
# What one message costs: bench_message.py and bench_postfix.py, with this.
EXTRA_PROGRAMS += tests/bench/do_nothing
tests_bench_do_nothing_LDADD = $(MILTER_LIBS) -lcrypto
