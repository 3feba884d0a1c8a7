# beschermctl: the admin's tool.  A library, so that its parts can be tested.
noinst_LIBRARIES += libctl.a
libctl_a_SOURCES = \
	ctl/aside.c ctl/aside.h \
	ctl/calendar.c ctl/calendar.h \
	ctl/complaint.c ctl/complaint.h \
	ctl/csv.c ctl/csv.h \
	ctl/digest.c ctl/digest.h \
	ctl/dns_look.c ctl/dns_look.h \
	ctl/evidence.h \
	ctl/figures.c ctl/figures.h \
	ctl/finding.c ctl/finding.h \
	ctl/html.c ctl/html.h ctl/html_style.c ctl/html_style.h \
	ctl/json.c ctl/json.h \
	ctl/negotiation.c ctl/negotiation.h \
	ctl/language.c ctl/language.h \
	ctl/option_value.c ctl/option_value.h \
	ctl/owner.c ctl/owner.h \
	ctl/page.c ctl/page.h \
	ctl/smtp.c ctl/smtp.h \
	ctl/smtp_reply.c ctl/smtp_reply.h \
	ctl/stream.c ctl/stream.h \
	ctl/progress.c ctl/progress.h \
	ctl/record_folder.c ctl/record_folder.h \
	ctl/status.c ctl/status.h \
	ctl/status_rows.c ctl/status_rows.h \
	ctl/replace.c ctl/replace.h \
	ctl/suffixes.c ctl/suffixes.h \
	ctl/text.h \
	ctl/ulabel.c ctl/ulabel.h \
	ctl/when.c ctl/when.h \
	ctl/word.c ctl/word.h \
	ctl/wide.c ctl/wide.h \
	ctl/audit/address_union.c ctl/audit/address_union.h \
	ctl/audit/answer_text.c ctl/audit/answer_text.h \
	ctl/audit/ask.c ctl/audit/ask.h \
	ctl/audit/ask_all.c ctl/audit/ask_all.h \
	ctl/audit/ask_dmarc.c ctl/audit/ask_dmarc.h \
	ctl/audit/ask_host.c ctl/audit/ask_host.h \
	ctl/audit/ask_key.c ctl/audit/ask_key.h \
	ctl/audit/ask_single.c ctl/audit/ask_single.h \
	ctl/audit/audit.c ctl/audit/audit.h \
	ctl/audit/audit_csv.c ctl/audit/audit_csv.h \
	ctl/audit/audit_folder.c ctl/audit/audit_folder.h \
	ctl/audit/audit_html.c ctl/audit/audit_html.h \
	ctl/audit/audit_html_domain.c ctl/audit/audit_html_domain.h \
	ctl/audit/audit_html_host.c ctl/audit/audit_html_host.h \
	ctl/audit/audit_json.c ctl/audit/audit_json.h \
	ctl/audit/audit_json_host.c ctl/audit/audit_json_host.h \
	ctl/audit/audit_options.c ctl/audit/audit_options.h \
	ctl/audit/audit_postfix.c ctl/audit/audit_postfix.h \
	ctl/audit/audit_rule.c ctl/audit/audit_rule.h \
	ctl/audit/audit_server.c ctl/audit/audit_server.h \
	ctl/audit/audit_text.c ctl/audit/audit_text.h \
	ctl/audit/compare.c ctl/audit/compare.h \
	ctl/audit/crew.c ctl/audit/crew.h \
	ctl/audit/earlier.c ctl/audit/earlier.h \
	ctl/audit/facts.h \
	ctl/audit/ffdhe.c ctl/audit/ffdhe.h \
	ctl/audit/hello.c ctl/audit/hello.h \
	ctl/audit/hello_reader.c ctl/audit/hello_reader.h \
	ctl/audit/ncsc.c ctl/audit/ncsc.h \
	ctl/audit/handshake.c ctl/audit/handshake.h \
	ctl/audit/handshake_chain.c ctl/audit/handshake_chain.h \
	ctl/audit/knock.c ctl/audit/knock.h \
	ctl/audit/manners.c ctl/audit/manners.h \
	ctl/audit/plan.c ctl/audit/plan.h \
	ctl/audit/plan_file.c ctl/audit/plan_file.h \
	ctl/audit/plan_word.c ctl/audit/plan_word.h \
	ctl/audit/probe.c ctl/audit/probe.h \
	ctl/audit/probe_place.c ctl/audit/probe_place.h \
	ctl/audit/probe_all.c ctl/audit/probe_all.h \
	ctl/audit/probe_tls.c ctl/audit/probe_tls.h \
	ctl/audit/probed.h \
	ctl/audit/reserved.c ctl/audit/reserved.h \
	ctl/audit/proven.c ctl/audit/proven.h \
	ctl/audit/result.c ctl/audit/result.h \
	ctl/audit/rules.c ctl/audit/rules.h \
	ctl/audit/rules_applied.c ctl/audit/rules_applied.h \
	ctl/audit/rules_dane.c ctl/audit/rules_dane.h \
	ctl/audit/rules_dmarc.c ctl/audit/rules_dmarc.h \
	ctl/audit/rules_host.c ctl/audit/rules_host.h \
	ctl/audit/rules_here.c ctl/audit/rules_here.h \
	ctl/audit/rules_inbound.c ctl/audit/rules_inbound.h \
	ctl/audit/rules_key.c ctl/audit/rules_key.h \
	ctl/audit/rules_row.c ctl/audit/rules_row.h \
	ctl/audit/rules_server.c ctl/audit/rules_server.h \
	ctl/audit/rules_spf.c ctl/audit/rules_spf.h \
	ctl/audit/rules_starttls.c ctl/audit/rules_starttls.h \
	ctl/audit/rules_tls.c ctl/audit/rules_tls.h \
	ctl/audit/rules_sts.c ctl/audit/rules_sts.h \
	ctl/audit/rules_transport.c ctl/audit/rules_transport.h \
	ctl/audit/rules_unused.c ctl/audit/rules_unused.h \
	ctl/audit/server.h \
	ctl/audit/spf_found.c ctl/audit/spf_found.h \
	ctl/audit/spf_tree.c ctl/audit/spf_tree.h \
	ctl/audit/sts.h ctl/audit/sts_found.h \
	ctl/audit/sts_all.c ctl/audit/sts_all.h \
	ctl/audit/sts_policy.c ctl/audit/sts_policy.h \
	ctl/audit/tls_code.c ctl/audit/tls_code.h \
	ctl/audit/tls_name.c ctl/audit/tls_name.h \
	ctl/audit/tls_suite.c ctl/audit/tls_suite.h \
	ctl/audit/transport_record.c ctl/audit/transport_record.h \
	ctl/conf/conf.c ctl/conf/conf.h \
	ctl/conf/convert.c ctl/conf/convert.h \
	ctl/conf/convert_hosts.c ctl/conf/convert_hosts.h \
	ctl/conf/convert_policyd_spf.c ctl/conf/convert_policyd_spf.h \
	ctl/conf/convert_opendkim.c ctl/conf/convert_opendkim.h \
	ctl/conf/convert_opendmarc.c ctl/conf/convert_opendmarc.h \
	ctl/conf/override.c ctl/conf/override.h \
	ctl/conf/override_ask.c ctl/conf/override_ask.h \
	ctl/conf/override_check.c ctl/conf/override_check.h \
	ctl/conf/override_edit.c ctl/conf/override_edit.h \
	ctl/conf/override_file.c ctl/conf/override_file.h \
	ctl/conf/override_line.c ctl/conf/override_line.h \
	ctl/conf/override_list.c ctl/conf/override_list.h \
	ctl/conf/override_reload.c ctl/conf/override_reload.h \
	ctl/conf/override_text.c ctl/conf/override_text.h \
	ctl/history/access.c ctl/history/access.h \
	ctl/history/apart.c ctl/history/apart.h \
	ctl/history/exporter.h \
	ctl/history/forget.c ctl/history/forget.h \
	ctl/history/held.c ctl/history/held.h \
	ctl/history/held_match.c ctl/history/held_match.h \
	ctl/history/overview.c ctl/history/overview.h \
	ctl/history/overview_data.c ctl/history/overview_data.h \
	ctl/history/overview_days.c \
	ctl/history/overview_excepted.c \
	ctl/history/overview_exceptions.c ctl/history/overview_exceptions.h \
	ctl/history/overview_faults.c \
	ctl/history/overview_kept.c \
	ctl/history/overview_page.c ctl/history/overview_page.h \
	ctl/history/overview_parts.h \
	ctl/history/overview_seen.c ctl/history/overview_seen.h \
	ctl/history/overview_senders.c \
	ctl/history/overview_state.c \
	ctl/history/period_summary.c ctl/history/period_summary.h \
	ctl/history/remembered.c ctl/history/remembered.h \
	ctl/history/replay.c ctl/history/replay.h \
	ctl/history/shared.h \
	ctl/history/shared_schema.c ctl/history/shared_schema.h \
	ctl/history/sender_cause.c ctl/history/sender_cause.h \
	ctl/history/ship.c ctl/history/ship.h \
	ctl/history/ship_batch.c ctl/history/ship_batch.h \
	ctl/history/ship_lines.c ctl/history/ship_lines.h \
	ctl/history/ship_lock.c ctl/history/ship_lock.h \
	ctl/history/ship_outbox.c ctl/history/ship_outbox.h \
	ctl/history/ship_tidy.c ctl/history/ship_tidy.h \
	ctl/history/stored_evidence.c ctl/history/stored_evidence.h \
	ctl/history/stored_explain.c ctl/history/stored_explain.h \
	ctl/history/stored_settings.c ctl/history/stored_settings.h \
	ctl/history/tally.c ctl/history/tally.h \
	ctl/history/told_change.c ctl/history/told_change.h \
	ctl/history/told_row.c ctl/history/told_row.h \
	ctl/history/told_summary.c ctl/history/told_summary.h \
	ctl/history/verb_history.c ctl/history/verb_history.h \
	ctl/history/verb_metrics.c ctl/history/verb_metrics.h \
	ctl/judge/batch.c ctl/judge/batch.h \
	ctl/judge/explain.c ctl/judge/explain.h \
	ctl/judge/explain_advice.c \
	ctl/judge/explain_dkim.c \
	ctl/judge/explain_dmarc.c \
	ctl/judge/explain_dns.c \
	ctl/judge/explain_forward.c \
	ctl/judge/explain_header.c \
	ctl/judge/explain_parts.h \
	ctl/judge/explain_rule.c \
	ctl/judge/explain_sender.c \
	ctl/judge/explain_spf.c \
	ctl/judge/explain_verdict.c \
	ctl/judge/forwarding.c ctl/judge/forwarding.h \
	ctl/judge/judge.c ctl/judge/judge.h \
	ctl/judge/judged.h \
	ctl/judge/mailfile.c ctl/judge/mailfile.h \
	ctl/judge/reason.c ctl/judge/reason.h \
	ctl/judge/source.c ctl/judge/source.h \
	ctl/judge/summary.c ctl/judge/summary.h \
	ctl/judge/test.c ctl/judge/test.h \
	ctl/postfix/milters.c ctl/postfix/milters.h \
	ctl/postfix/mynetworks.c ctl/postfix/mynetworks.h \
	ctl/postfix/postconf.c ctl/postfix/postconf.h \
	ctl/postfix/postfix.c ctl/postfix/postfix.h \
	ctl/postfix/postfix_check.c ctl/postfix/postfix_check.h \
	ctl/postfix/postfix_bypass.c ctl/postfix/postfix_bypass.h \
	ctl/postfix/postfix_policy.c ctl/postfix/postfix_policy.h \
	ctl/postfix/postfix_prove.c ctl/postfix/postfix_prove.h \
	ctl/postfix/postfix_setup.c ctl/postfix/postfix_setup.h \
	ctl/postfix/postfix_socket.c ctl/postfix/postfix_socket.h \
	ctl/postfix/program.c ctl/postfix/program.h \
	ctl/postfix/queue.c ctl/postfix/queue.h \
	ctl/postfix/queue_change.c ctl/postfix/queue_change.h \
	ctl/postfix/reach.c ctl/postfix/reach.h \
	ctl/prove/prove_result.c ctl/prove/prove_result.h \
	ctl/prove/prove.c ctl/prove/prove.h \
	ctl/prove/prove_astray.c ctl/prove/prove_astray.h \
	ctl/prove/prove_case.c ctl/prove/prove_case.h \
	ctl/prove/prove_check.c ctl/prove/prove_check.h \
	ctl/prove/prove_folder.c ctl/prove/prove_folder.h \
	ctl/prove/prove_header.c ctl/prove/prove_header.h \
	ctl/prove/prove_html.c ctl/prove/prove_html.h \
	ctl/prove/prove_json.c ctl/prove/prove_json.h \
	ctl/prove/prove_listener.c ctl/prove/prove_listener.h \
	ctl/prove/prove_message.c ctl/prove/prove_message.h \
	ctl/prove/prove_options.c ctl/prove/prove_options.h \
	ctl/prove/prove_place.c ctl/prove/prove_place.h \
	ctl/prove/prove_queue.c ctl/prove/prove_queue.h \
	ctl/prove/prove_set.c ctl/prove/prove_set.h \
	ctl/prove/prove_talk.c ctl/prove/prove_talk.h \
	ctl/prove/prove_text.c ctl/prove/prove_text.h \
	ctl/prove/prove_try.c ctl/prove/prove_try.h \
	ctl/prove/prove_verdict.c ctl/prove/prove_verdict.h \
	ctl/report/bounces.c ctl/report/bounces.h \
	ctl/report/delivery.c ctl/report/delivery.h \
	ctl/report/destination.c ctl/report/destination.h \
	ctl/report/exclusion.c ctl/report/exclusion.h \
	ctl/report/feedback.c ctl/report/feedback.h \
	ctl/report/hand_over.c ctl/report/hand_over.h \
	ctl/report/made_report.c ctl/report/made_report.h \
	ctl/report/report.c ctl/report/report.h \
	ctl/report/report_job.c ctl/report/report_job.h \
	ctl/report/report_mail.c ctl/report/report_mail.h \
	ctl/report/report_metrics.c ctl/report/report_metrics.h \
	ctl/report/reporting.c ctl/report/reporting.h \
	ctl/report/sample.c ctl/report/sample.h \
	ctl/report/selection.c ctl/report/selection.h \
	ctl/report/sender.c ctl/report/sender.h \
	ctl/report/sender_check.c ctl/report/sender_check.h \
	ctl/report/sole_sender.c ctl/report/sole_sender.h \
	ctl/report/told_report.c ctl/report/told_report.h
if POSTGRESQL
libctl_a_SOURCES += ctl/history/shared_pg.c
else
libctl_a_SOURCES += ctl/history/shared_none.c
endif
EXTRA_DIST += ctl/history/shared_none.c ctl/history/shared_pg.c
if CURL
libctl_a_SOURCES += ctl/audit/sts_curl.c
else
libctl_a_SOURCES += ctl/audit/sts_none.c
endif
EXTRA_DIST += ctl/audit/sts_curl.c ctl/audit/sts_none.c
if EXPORTER
libctl_a_SOURCES += ctl/history/exporter.c
else
libctl_a_SOURCES += ctl/history/exporter_none.c
endif
EXTRA_DIST += ctl/history/exporter.c ctl/history/exporter_none.c
# Of libedge.a the listener alone, so that libmilter is not linked.
ctl_libs = libctl.a libedge.a $(settings_libs) $(session_libs) $(EXPORTER_LIBS) $(POSTGRESQL_LIBS) $(CURL_LIBS) $(TLS_LIBS)

# Who reads mail of his own need not be root.  It was in sbindir once, as scripts know it.
bin_PROGRAMS = beschermctl
beschermctl_SOURCES = ctl/main.c
beschermctl_LDADD = $(ctl_libs) $(resolver_libs) -ljansson
