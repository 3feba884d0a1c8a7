# Test programs and what they are made of.  All speak TAP (README.md of each folder).

# The second implementation of dns/resolver.h.
check_LIBRARIES += libresolverzone.a
libresolverzone_a_SOURCES = \
	tests/lib/resolver_zone.c tests/lib/resolver_zone.h \
	tests/lib/zone_text.c tests/lib/zone_text.h
zone_resolver_libs = libresolverzone.a $(dns_libs)

# Settings without a file.
check_LIBRARIES += libtestconf.a
libtestconf_a_SOURCES = tests/lib/conf.c tests/lib/conf.h

# What several tests, suites and fuzzers share.
audit_run = tests/lib/audit_run.c tests/lib/audit_run.h tests/lib/audit_zone.h
authres_reader = tests/lib/authres_reader.c tests/lib/authres_reader.h
dkim_fixture = tests/lib/dkim_fixture.c tests/lib/dkim_fixture.h
dkim_run = tests/lib/dkim_run.c tests/lib/dkim_run.h
dkim_sign = tests/lib/dkim_sign.c tests/lib/dkim_sign.h
dmarc_case = tests/lib/dmarc_case.c tests/lib/dmarc_case.h
dmarc_row = tests/lib/dmarc_row.c tests/lib/dmarc_row.h $(dmarc_case)
header_hash_fixture = tests/lib/header_hash_fixture.c tests/lib/header_hash_fixture.h
resolver_instant = tests/lib/resolver_instant.c tests/lib/resolver_instant.h
case_reader = tests/lib/case.c tests/lib/case.h \
	tests/lib/escapes.c tests/lib/escapes.h \
	tests/lib/signer.c tests/lib/signer.h
expectation = tests/lib/expectation.c tests/lib/expectation.h
feedback_reader = tests/lib/feedback_reader.c tests/lib/feedback_reader.h
history_place = tests/lib/history_place.c tests/lib/history_place.h
history_run = tests/lib/history_run.c tests/lib/history_run.h $(history_place)
invariants = tests/lib/invariants.c tests/lib/invariants.h \
	tests/lib/invariants_forward.c tests/lib/invariants_forward.h \
	tests/lib/invariants_relay.c tests/lib/invariants_relay.h $(authres_reader)
json_suite = tests/lib/json_lines.c tests/lib/json_lines.h tests/lib/tap.c tests/lib/tap.h
ledger_fixture = tests/lib/ledger_fixture.c tests/lib/ledger_fixture.h $(history_place)
mta_model = tests/lib/mta_model.c tests/lib/mta_model.h
outcome_fixture = tests/lib/outcome_fixture.c tests/lib/outcome_fixture.h
slow_body = tests/lib/slow_body.c tests/lib/slow_body.h
spf_run = tests/lib/spf_run.c tests/lib/spf_run.h
verdict_row = tests/lib/verdict_row.c tests/lib/verdict_row.h tests/lib/message.c tests/lib/message.h

# Unit tests: cmocka, one program a module, linked with its layer and those below.
check_PROGRAMS += tests/unit/test_actions
tests_unit_test_actions_LDADD = libtestconf.a $(policy_libs) -lcmocka
check_PROGRAMS += tests/unit/test_address
tests_unit_test_address_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_alignment
tests_unit_test_alignment_SOURCES = tests/unit/test_alignment.c $(dmarc_row)
tests_unit_test_alignment_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_audit_connections
tests_unit_test_audit_connections_SOURCES = tests/unit/test_audit_connections.c $(audit_run)
tests_unit_test_audit_connections_LDADD = $(ctl_libs) $(zone_resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_audit_manners
tests_unit_test_audit_manners_LDADD = $(ctl_libs) $(resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_audit_dkim
tests_unit_test_audit_dkim_SOURCES = tests/unit/test_audit_dkim.c $(audit_run)
tests_unit_test_audit_dkim_LDADD = $(ctl_libs) $(zone_resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_audit_dmarc
tests_unit_test_audit_dmarc_SOURCES = tests/unit/test_audit_dmarc.c $(audit_run)
tests_unit_test_audit_dmarc_LDADD = $(ctl_libs) $(zone_resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_audit_inbound
tests_unit_test_audit_inbound_SOURCES = tests/unit/test_audit_inbound.c $(audit_run)
tests_unit_test_audit_inbound_LDADD = $(ctl_libs) $(zone_resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_audit_plan
tests_unit_test_audit_plan_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_audit_proven
tests_unit_test_audit_proven_LDADD = $(ctl_libs) $(resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_audit_rules
tests_unit_test_audit_rules_SOURCES = tests/unit/test_audit_rules.c $(audit_run)
tests_unit_test_audit_rules_LDADD = $(ctl_libs) $(zone_resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_audit_sending
tests_unit_test_audit_sending_LDADD = $(ctl_libs) $(zone_resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_audit_spf
tests_unit_test_audit_spf_SOURCES = tests/unit/test_audit_spf.c $(audit_run)
tests_unit_test_audit_spf_LDADD = $(ctl_libs) $(zone_resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_audit_transport
tests_unit_test_audit_transport_SOURCES = tests/unit/test_audit_transport.c $(audit_run)
tests_unit_test_audit_transport_LDADD = $(ctl_libs) $(zone_resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_authres
tests_unit_test_authres_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_authres_id
tests_unit_test_authres_id_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_base
tests_unit_test_base_LDADD = $(base_libs) -lcmocka
check_PROGRAMS += tests/unit/test_cache
tests_unit_test_cache_LDADD = $(resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_config
tests_unit_test_config_SOURCES = tests/unit/test_config.c tests/lib/conf_template.c tests/lib/conf_template.h
tests_unit_test_config_LDADD = libtestconf.a $(config_libs) -lcmocka
check_PROGRAMS += tests/unit/test_config_opendmarc
tests_unit_test_config_opendmarc_LDADD = libtestconf.a $(config_libs) -lcmocka
check_PROGRAMS += tests/unit/test_config_file
tests_unit_test_config_file_LDADD = libtestconf.a $(config_libs) -lcmocka
check_PROGRAMS += tests/unit/test_config_include
tests_unit_test_config_include_LDADD = libtestconf.a $(config_libs) -lcmocka
check_PROGRAMS += tests/unit/test_config_value
tests_unit_test_config_value_LDADD = libtestconf.a $(config_libs) -lcmocka
check_PROGRAMS += tests/unit/test_dkim
tests_unit_test_dkim_SOURCES = tests/unit/test_dkim.c $(dkim_fixture) $(dkim_run) $(dkim_sign)
tests_unit_test_dkim_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_dkim_body
tests_unit_test_dkim_body_SOURCES = tests/unit/test_dkim_body.c $(slow_body)
tests_unit_test_dkim_body_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_dkim_guard
tests_unit_test_dkim_guard_SOURCES = tests/unit/test_dkim_guard.c $(dkim_run)
tests_unit_test_dkim_guard_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_dkim_key
tests_unit_test_dkim_key_LDADD = $(check_libs) -lcmocka
check_PROGRAMS += tests/unit/test_dkim_header
tests_unit_test_dkim_header_SOURCES = tests/unit/test_dkim_header.c $(header_hash_fixture)
tests_unit_test_dkim_header_LDADD = $(check_libs) -lcmocka
check_PROGRAMS += tests/unit/test_dkim_keys
tests_unit_test_dkim_keys_SOURCES = tests/unit/test_dkim_keys.c $(dkim_fixture) $(dkim_run) $(dkim_sign)
tests_unit_test_dkim_keys_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
tests_unit_test_dkim_keys_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=dkim_key_get
check_PROGRAMS += tests/unit/test_dkim_many
tests_unit_test_dkim_many_SOURCES = tests/unit/test_dkim_many.c $(dkim_fixture) $(dkim_run) $(dkim_sign)
tests_unit_test_dkim_many_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
tests_unit_test_dkim_many_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=body_hash_new
check_PROGRAMS += tests/unit/test_dkim_tags
tests_unit_test_dkim_tags_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_dmarc
tests_unit_test_dmarc_SOURCES = tests/unit/test_dmarc.c $(dmarc_row)
tests_unit_test_dmarc_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
# What libopendmarc says goes past the test.
check_PROGRAMS += tests/unit/test_dmarc_judge
tests_unit_test_dmarc_judge_SOURCES = tests/unit/test_dmarc_judge.c $(dmarc_case)
tests_unit_test_dmarc_judge_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
tests_unit_test_dmarc_judge_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=opendmarc_get_policy_to_enforce
check_PROGRAMS += tests/unit/test_dmarc_list
tests_unit_test_dmarc_list_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_dmarc_record
tests_unit_test_dmarc_record_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_arc_seal
tests_unit_test_arc_seal_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_config_forwarder
tests_unit_test_config_forwarder_LDADD = libtestconf.a $(ctl_libs) $(resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_srs
tests_unit_test_srs_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_fact
tests_unit_test_fact_LDADD = libtestconf.a $(history_libs) -lcmocka
check_PROGRAMS += tests/unit/test_figures
tests_unit_test_figures_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_destination
tests_unit_test_destination_LDADD = libtestconf.a $(ctl_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_dsn
tests_unit_test_dsn_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_feedback
tests_unit_test_feedback_SOURCES = tests/unit/test_feedback.c $(feedback_reader)
tests_unit_test_feedback_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_flight
tests_unit_test_flight_LDADD = $(resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_from_guard
tests_unit_test_from_guard_SOURCES = tests/unit/test_from_guard.c $(mta_model)
tests_unit_test_from_guard_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_explain_rule
tests_unit_test_explain_rule_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_forwarding
tests_unit_test_forwarding_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_ship_lines
tests_unit_test_ship_lines_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_stored_evidence
tests_unit_test_stored_evidence_LDADD = libtestconf.a $(ctl_libs) $(resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_from_shape
tests_unit_test_from_shape_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_header
tests_unit_test_header_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_header_forged
tests_unit_test_header_forged_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_header_hash
tests_unit_test_header_hash_SOURCES = tests/unit/test_header_hash.c $(header_hash_fixture)
tests_unit_test_header_hash_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_hello
tests_unit_test_hello_SOURCES = tests/unit/test_hello.c tests/lib/hello_feed.h
tests_unit_test_hello_LDADD = $(ctl_libs) -lssl -lcrypto -lcmocka
check_PROGRAMS += tests/unit/test_hello_reader
tests_unit_test_hello_reader_SOURCES = tests/unit/test_hello_reader.c tests/lib/hello_feed.h
tests_unit_test_hello_reader_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_history
tests_unit_test_history_SOURCES = tests/unit/test_history.c $(history_run)
tests_unit_test_history_LDADD = libtestconf.a $(history_libs) -lcmocka
check_PROGRAMS += tests/unit/test_history_file
tests_unit_test_history_file_SOURCES = tests/unit/test_history_file.c $(history_run)
tests_unit_test_history_file_LDADD = libtestconf.a $(history_libs) -lcmocka
check_PROGRAMS += tests/unit/test_ledger
tests_unit_test_ledger_SOURCES = tests/unit/test_ledger.c $(ledger_fixture)
tests_unit_test_ledger_LDADD = libtestconf.a $(history_libs) -lcmocka
check_PROGRAMS += tests/unit/test_ledger_tidy
tests_unit_test_ledger_tidy_SOURCES = tests/unit/test_ledger_tidy.c $(ledger_fixture)
tests_unit_test_ledger_tidy_LDADD = libtestconf.a $(history_libs) -lcmocka
check_PROGRAMS += tests/unit/test_html
tests_unit_test_html_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_json_text
tests_unit_test_json_text_LDADD = $(base_libs) -lcmocka
check_PROGRAMS += tests/unit/test_listener
tests_unit_test_listener_LDADD = $(edge_libs) $(base_libs) -lcmocka
check_PROGRAMS += tests/unit/test_log
tests_unit_test_log_LDADD = $(base_libs) -lcmocka
check_PROGRAMS += tests/unit/test_mailfile
tests_unit_test_mailfile_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_metrics
tests_unit_test_metrics_LDADD = $(outcome_libs) -lcmocka
check_PROGRAMS += tests/unit/test_ncsc
tests_unit_test_ncsc_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_orgdomain
tests_unit_test_orgdomain_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_parts
tests_unit_test_parts_LDADD = libtestconf.a $(session_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_pool
tests_unit_test_pool_LDADD = $(base_libs) -lcmocka
check_PROGRAMS += tests/unit/test_prefetch
tests_unit_test_prefetch_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_proof
tests_unit_test_proof_LDADD = libtestconf.a $(session_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_prove_header
tests_unit_test_prove_header_LDADD = $(ctl_libs) $(resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_prove_place
tests_unit_test_prove_place_LDADD = $(ctl_libs) $(resolver_libs) -ljansson -lcmocka
tests_unit_test_prove_place_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=flock -Wl,--wrap=complaint_print
check_PROGRAMS += tests/unit/test_prove_verdict
tests_unit_test_prove_verdict_LDADD = $(ctl_libs) $(resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_questions
tests_unit_test_questions_LDADD = $(dns_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_questions_apart
tests_unit_test_questions_apart_LDADD = $(dns_libs) $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_rdata
tests_unit_test_rdata_LDADD = $(dns_libs) -lcmocka
check_PROGRAMS += tests/unit/test_received
tests_unit_test_received_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_received_spf
tests_unit_test_received_spf_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_relay_field
tests_unit_test_relay_field_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_relay_results
tests_unit_test_relay_results_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_relay_setting
tests_unit_test_relay_setting_LDADD = libtestconf.a $(config_libs) -lcmocka
check_PROGRAMS += tests/unit/test_relay_hop
tests_unit_test_relay_hop_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_reply
tests_unit_test_reply_LDADD = libtestconf.a $(policy_libs) -lcmocka
check_PROGRAMS += tests/unit/test_report_uri
tests_unit_test_report_uri_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_outcome
tests_unit_test_outcome_SOURCES = tests/unit/test_outcome.c $(outcome_fixture)
tests_unit_test_outcome_LDADD = $(outcome_libs) -lcmocka
check_PROGRAMS += tests/unit/test_outcome_json
tests_unit_test_outcome_json_SOURCES = tests/unit/test_outcome_json.c $(outcome_fixture)
tests_unit_test_outcome_json_LDADD = $(outcome_libs) -lcmocka
check_PROGRAMS += tests/unit/test_resolver
tests_unit_test_resolver_LDADD = $(resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_resolver_zone
tests_unit_test_resolver_zone_LDADD = $(zone_resolver_libs) -lcmocka
check_PROGRAMS += tests/unit/test_rule
tests_unit_test_rule_LDADD = $(policy_libs) -lcmocka
check_PROGRAMS += tests/unit/test_service
tests_unit_test_service_LDADD = $(edge_libs) $(base_libs) -lcmocka
check_PROGRAMS += tests/unit/test_smtp
tests_unit_test_smtp_LDADD = $(ctl_libs) -lcmocka
# What libspf2 gets to read goes past the test.
check_PROGRAMS += tests/unit/test_spf
tests_unit_test_spf_SOURCES = tests/unit/test_spf.c $(spf_run)
tests_unit_test_spf_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
tests_unit_test_spf_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=SPF_record_compile
check_PROGRAMS += tests/unit/test_spf_limits
tests_unit_test_spf_limits_SOURCES = tests/unit/test_spf_limits.c $(spf_run)
tests_unit_test_spf_limits_LDADD = $(check_libs) $(zone_resolver_libs) -lcmocka
tests_unit_test_spf_limits_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=SPF_record_compile
check_PROGRAMS += tests/unit/test_spf_macro
tests_unit_test_spf_macro_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_spf_record
tests_unit_test_spf_record_LDADD = $(mail_libs) -lcmocka
check_PROGRAMS += tests/unit/test_sts
tests_unit_test_sts_LDADD = $(ctl_libs) $(zone_resolver_libs) -ljansson -lcmocka
check_PROGRAMS += tests/unit/test_tally
tests_unit_test_tally_LDADD = $(ctl_libs) -lcmocka
check_PROGRAMS += tests/unit/test_verdict
tests_unit_test_verdict_SOURCES = tests/unit/test_verdict.c $(verdict_row)
tests_unit_test_verdict_LDADD = libtestconf.a $(policy_libs) -lcmocka
check_PROGRAMS += tests/unit/test_verdict_departures
tests_unit_test_verdict_departures_SOURCES = tests/unit/test_verdict_departures.c $(verdict_row)
tests_unit_test_verdict_departures_LDADD = libtestconf.a $(policy_libs) -lcmocka
check_PROGRAMS += tests/unit/test_verdict_list
tests_unit_test_verdict_list_SOURCES = tests/unit/test_verdict_list.c $(verdict_row)
tests_unit_test_verdict_list_LDADD = libtestconf.a $(policy_libs) -lcmocka
check_PROGRAMS += tests/unit/test_verdict_forwarder
tests_unit_test_verdict_forwarder_SOURCES = tests/unit/test_verdict_forwarder.c $(verdict_row)
tests_unit_test_verdict_forwarder_LDADD = libtestconf.a $(policy_libs) -lcmocka
check_PROGRAMS += tests/unit/test_verdict_none
tests_unit_test_verdict_none_SOURCES = tests/unit/test_verdict_none.c $(verdict_row)
tests_unit_test_verdict_none_LDADD = libtestconf.a $(policy_libs) -lcmocka

# Suites: public test data, read at run time; skipped where it is absent.
EXTRA_DIST += \
	tests/suites/README.md \
	tests/suites/dkim_corpora.py \
	tests/suites/dkim_signers.py \
	tests/suites/spf/convert.py
check_PROGRAMS += tests/suites/attacks
tests_suites_attacks_SOURCES = tests/suites/attacks.c $(json_suite)
tests_suites_attacks_LDADD = $(mail_libs) -ljansson
check_PROGRAMS += tests/suites/author
tests_suites_author_SOURCES = tests/suites/author.c $(json_suite) $(authres_reader)
tests_suites_author_LDADD = $(mail_libs) -ljansson
check_PROGRAMS += tests/suites/dkim
tests_suites_dkim_SOURCES = tests/suites/dkim.c $(dkim_run)
tests_suites_dkim_LDADD = $(check_libs) $(zone_resolver_libs)
check_PROGRAMS += tests/suites/dkim_crosscheck
tests_suites_dkim_crosscheck_SOURCES = tests/suites/dkim_crosscheck.c $(dkim_run) $(dkim_sign) \
	tests/lib/dkim_generate.c tests/lib/dkim_generate.h
tests_suites_dkim_crosscheck_LDADD = $(check_libs) $(zone_resolver_libs)
check_PROGRAMS += tests/suites/dkim_interop
tests_suites_dkim_interop_SOURCES = tests/suites/dkim_interop.c $(dkim_run) $(dkim_sign) $(slow_body)
tests_suites_dkim_interop_LDADD = $(check_libs) $(zone_resolver_libs)
check_PROGRAMS += tests/suites/dmarc
tests_suites_dmarc_SOURCES = tests/suites/dmarc.c $(json_suite) $(dmarc_case)
tests_suites_dmarc_LDADD = libpolicy.a libconfig.a $(check_libs) $(zone_resolver_libs) -ljansson
check_PROGRAMS += tests/suites/spf/test_spf_suites
tests_suites_spf_test_spf_suites_SOURCES = tests/suites/spf/test_spf_suites.c \
	tests/suites/spf/tree_count.c tests/suites/spf/tree_count.h
tests_suites_spf_test_spf_suites_LDADD = $(ctl_libs) $(zone_resolver_libs)
dist_check_SCRIPTS += tests/suites/dkim_guard

# The resolver against name servers on loopback; tests/e2e/resolve is its hand.
EXTRA_PROGRAMS += tests/e2e/resolve
check_DATA += tests/e2e/resolve$(EXEEXT)
tests_e2e_resolve_LDADD = $(resolver_libs)
dist_check_SCRIPTS += tests/e2e/test-dns

# The edge with a session that only writes down what it is told.
noinst_PROGRAMS += tests/edge/recorder
tests_edge_recorder_SOURCES = \
	milter/log_settings.c milter/main.c milter/options.c milter/unit_check.c \
	tests/edge/parts_stub.c \
	tests/edge/session_record.c
tests_edge_recorder_LDADD = $(edge_libs) $(settings_libs)
dist_check_SCRIPTS += \
	tests/edge/daemon \
	tests/edge/hardened \
	tests/edge/protocol \
	tests/edge/unit-file

# Scenarios: tests/cases through session.c with the real checks, without a socket.
check_PROGRAMS += tests/scenario
tests_scenario_SOURCES = tests/scenario.c \
	tests/lib/case_json.c tests/lib/case_json.h \
	$(case_reader) $(expectation) $(invariants)
tests_scenario_LDADD = $(session_libs) $(zone_resolver_libs)
EXTRA_DIST += tests/README.md tests/cases tests/mutate tests/mutations

# The daemon from outside: the same scenarios over a milter socket; and, longer than
# `make check` should take, hostile clients and a real Postfix (as root).
dist_check_SCRIPTS += \
	tests/e2e/test_cases.py \
	tests/e2e/test_check.py \
	tests/e2e/test_ctl_postfix.py \
	tests/e2e/test_dnssec.py \
	tests/e2e/test_debug.py \
	tests/e2e/test_exporter.py \
	tests/e2e/test_held.py \
	tests/e2e/test_history.py \
	tests/e2e/test_history_reload.py \
	tests/e2e/test_log.py \
	tests/e2e/test_logformat.py \
	tests/e2e/test_metrics.py \
	tests/e2e/test_prefetch.py \
	tests/e2e/test_prove_gate.py \
	tests/e2e/test_prove_listener.py \
	tests/e2e/test_sieve.py \
	tests/e2e/test_starving.py \
	tests/e2e/test_status.py \
	tests/e2e/test_telling.py \
	tests/e2e/test_threads.py \
	tests/e2e/test_unit.py \
	tests/suites/after_filter.py \
	tests/suites/attacks_whole.py \
	tests/suites/field.py \
	tests/suites/field_admin.py
e2e_tests = \
	tests/e2e/test_after.py \
	tests/e2e/test_badinput.py \
	tests/e2e/test_bypass.py \
	tests/e2e/test_container.py \
	tests/e2e/test_nameservers.py \
	tests/e2e/test_network.py \
	tests/e2e/test_outage.py \
	tests/e2e/test_parallel.py \
	tests/e2e/test_places.py \
	tests/e2e/test_postfix.py \
	tests/e2e/test_prove_postfix.py \
	tests/e2e/test_override.py \
	tests/e2e/test_relay.py \
	tests/e2e/test_remembered.py \
	tests/e2e/test_sendmail.py
# What beschermctl does with an MTA, in one thread.
e2e_tool_tests = \
	tests/e2e/test_prove_faults.py \
	tests/e2e/test_prove_run.py \
	tests/e2e/test_prove_screen.py \
	tests/e2e/test_report_loop.py \
	tests/e2e/test_report_mail.py \
	tests/e2e/test_report_sendmail.py
# Longer still: other filters beside ours.
e2e_long_tests = tests/e2e/test_neighbours.py
EXTRA_DIST += $(e2e_tests) $(e2e_tool_tests) $(e2e_long_tests) \
	tests/e2e/alerts.yml \
	tests/e2e/demo.py tests/e2e/demo_audit.py \
	tests/lib/daemon.py \
	tests/lib/clockshift.c \
	tests/lib/container.py \
	tests/lib/containerchecks.py \
	tests/lib/containerfile.py \
	tests/lib/containerpostfix.py \
	tests/lib/language.py \
	tests/lib/killstep.c \
	tests/lib/killing.py \
	tests/lib/diskfault.c \
	tests/lib/dnsfault.py \
	tests/lib/figures.py \
	tests/lib/gateway.py \
	tests/lib/hostile.py \
	tests/lib/messages.py \
	tests/lib/milterclient.py \
	tests/lib/mtacases.py \
	tests/lib/neighbours.py \
	tests/lib/outcome.py \
	tests/lib/ownhost.py \
	tests/lib/readmehost.py \
	tests/lib/postfix.py \
	tests/lib/badtls.py \
	tests/lib/browser.py \
	tests/lib/mailhosts.py \
	tests/lib/madehistory.py \
	tests/lib/postgres.py \
	tests/lib/provemessages.py \
	tests/lib/proving.py \
	tests/lib/provetalk.py \
	tests/lib/remembered.py \
	tests/lib/reportbox.py \
	tests/lib/reporting.py \
	tests/lib/retrying.py \
	tests/lib/rewriting.py \
	tests/lib/run-test \
	tests/lib/running.py \
	tests/lib/scratch.py \
	tests/lib/sendmail.py \
	tests/lib/shipping.py \
	tests/lib/signedzones.py \
	tests/lib/smtp.py \
	tests/lib/tap.py \
	tests/lib/unitbox.py
check-e2e:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(e2e_tests) $(e2e_tool_tests)'
check-e2e-threads:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(e2e_tests)'
check-e2e-long:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(e2e_long_tests)'
# Faults under load: three minutes, for scripts/test --long.
EXTRA_DIST += tests/e2e/test_faults.py
check-faults:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/e2e/test_faults.py
# Two mail servers under load with one PostgreSQL, and what goes wrong with it: two minutes.
EXTRA_DIST += tests/e2e/test_ship.py
check-ship:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/e2e/test_ship.py
# Who can take the places for DNS lookups, all rows: eight minutes.
check-places:
	PLACES=long $(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/e2e/test_places.py
.PHONY: check-e2e check-e2e-threads check-e2e-long check-faults check-places check-ship

# What gets installed.  The package itself, in a Debian of its own: as root, and long.
dist_check_SCRIPTS += \
	tests/package/test_apparmor.py \
	tests/package/test_containerfile.py \
	tests/package/test_logcheck.py \
	tests/package/test_version.py
EXTRA_DIST += tests/package/test_image.py tests/package/test_install.py
check-image:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='tests/package/test_image.py'
check-package:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='tests/package/test_install.py'
.PHONY: check-image check-package

# Files of OpenDMARC and OpenDKIM as admins have them, loaded and converted.
dist_check_SCRIPTS += tests/ctl/test_audit.py
dist_check_SCRIPTS += tests/ctl/test_audit_sts.py
dist_check_SCRIPTS += tests/e2e/test_audit_dnssec.py
dist_check_SCRIPTS += tests/e2e/test_audit_connections.py
dist_check_SCRIPTS += tests/e2e/test_audit_here.py
dist_check_SCRIPTS += tests/ctl/test_conf.py
EXTRA_DIST += tests/ctl/conf

# The house by itself, which sanitizers do not change.
if SANITIZERS
house_tests =
else
house_tests = \
	scripts/check-docs \
	scripts/check-headers \
	scripts/check-layers \
	scripts/check-man-nl \
	scripts/check-links \
	scripts/check-names \
	scripts/check-portable \
	scripts/check-release \
	scripts/check-size \
	scripts/check-symbols \
	tests/e2e/test_readme.py \
	tests/package/test_spec.py
endif
EXTRA_DIST += \
	scripts/check-docs \
	scripts/check-headers \
	scripts/check-layers \
	scripts/check-man-nl \
	scripts/check-links \
	scripts/check-names \
	scripts/check-portable \
	scripts/check-release \
	scripts/check-size \
	scripts/check-symbols \
	tests/package/test_spec.py \
	scripts/coverage \
	scripts/debroot \
	scripts/demo \
	scripts/format \
	scripts/fuzz \
	scripts/install-deps \
	scripts/lint \
	scripts/package \
	scripts/pictures \
	scripts/test \
	tests/e2e/test_readme.py \
	tests/coverage-exempt \
	tests/tsan.supp \
	tests/valgrind.supp

# beschermctl from outside.
EXTRA_DIST += tests/ctl/explain
dist_check_SCRIPTS += \
	tests/ctl/completion \
	tests/ctl/test_badinput.py \
	tests/ctl/test_cases.py \
	tests/ctl/test_explain.py \
	tests/ctl/test_languages.py \
	tests/ctl/test_man_nl.py \
	tests/ctl/test_forwarders.py \
	tests/ctl/test_held.py \
	tests/ctl/test_history.py \
	tests/ctl/test_overview.py \
	tests/ctl/test_shared.py \
	tests/ctl/test_override.py \
	tests/ctl/test_prove.py \
	tests/ctl/test_prove_messages.py \
	tests/ctl/test_report.py \
	tests/ctl/test_report_faults.py \
	tests/ctl/test_terminal.py \
	tests/ctl/test_report_killed.py \
	tests/ctl/test_report_shared.py \
	tests/ctl/test_test.py

# What has more than one thread: elsewhere ThreadSanitizer has nothing to see.
threaded_programs = \
	tests/scenario \
	tests/unit/test_audit_manners \
	tests/unit/test_base \
	tests/unit/test_cache \
	tests/unit/test_dkim_key \
	tests/unit/test_dkim_header \
	tests/unit/test_dkim_keys \
	tests/unit/test_dkim_many \
	tests/unit/test_dmarc \
	tests/unit/test_flight \
	tests/unit/test_history \
	tests/unit/test_log \
	tests/unit/test_parts \
	tests/unit/test_prefetch \
	tests/unit/test_proof \
	tests/unit/test_questions \
	tests/unit/test_questions_apart \
	tests/unit/test_resolver \
	tests/unit/test_resolver_zone \
	tests/unit/test_service \
	tests/unit/test_spf \
	tests/unit/test_spf_limits
threaded_scripts = \
	tests/ctl/test_test.py \
	tests/e2e/test-dns \
	tests/e2e/test_cases.py \
	tests/e2e/test_check.py \
	tests/e2e/test_dnssec.py \
	tests/e2e/test_debug.py \
	tests/e2e/test_history.py \
	tests/e2e/test_history_reload.py \
	tests/e2e/test_log.py \
	tests/e2e/test_prefetch.py \
	tests/e2e/test_prove_gate.py \
	tests/e2e/test_starving.py \
	tests/e2e/test_telling.py \
	tests/e2e/test_threads.py \
	tests/edge/daemon \
	tests/edge/protocol \
	tests/suites/after_filter.py \
	tests/suites/attacks_whole.py
check-threads:
	$(MAKE) $(AM_MAKEFLAGS) check check_PROGRAMS='$(threaded_programs)' \
		dist_check_SCRIPTS='$(threaded_scripts)'
.PHONY: check-threads
