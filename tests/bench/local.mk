# Measurements, built when asked for: tests/bench/README.md.
EXTRA_DIST += tests/bench/README.md tests/bench/bench_ctl.py
EXTRA_PROGRAMS += tests/bench/bench_dmarc
tests_bench_bench_dmarc_SOURCES = tests/bench/bench_dmarc.c $(dmarc_case)
tests_bench_bench_dmarc_LDADD = $(check_libs) $(zone_resolver_libs)
EXTRA_PROGRAMS += tests/bench/bench_dns
tests_bench_bench_dns_LDADD = $(resolver_libs)
EXTRA_PROGRAMS += tests/bench/bench_spf
tests_bench_bench_spf_LDADD = $(check_libs) $(zone_resolver_libs)
EXTRA_PROGRAMS += tests/bench/dkim
tests_bench_dkim_SOURCES = tests/bench/dkim.c $(dkim_run) $(dkim_sign)
tests_bench_dkim_LDADD = $(check_libs) $(zone_resolver_libs)
