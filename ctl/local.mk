# beschermctl: the admin's tool.  A library, so that its parts can be tested.
noinst_LIBRARIES += libctl.a
libctl_a_SOURCES = \
	ctl/calendar.c ctl/calendar.h \
	ctl/complaint.c ctl/complaint.h \
	ctl/csv.c ctl/csv.h \
	ctl/dns_look.c ctl/dns_look.h \
	ctl/figures.c ctl/figures.h \
	ctl/finding.c ctl/finding.h \
	ctl/html.c ctl/html.h ctl/html_style.c ctl/html_style.h \
	ctl/json.c ctl/json.h \
	ctl/negotiation.c ctl/negotiation.h \
	ctl/language.c ctl/language.h \
	ctl/owner.c ctl/owner.h \
	ctl/page.c ctl/page.h \
	ctl/status.c ctl/status.h \
	ctl/status_rows.c ctl/status_rows.h \
	ctl/replace.c ctl/replace.h \
	ctl/text.h \
	ctl/ulabel.c ctl/ulabel.h \
	ctl/when.c ctl/when.h \
	ctl/word.c ctl/word.h \
	ctl/wide.c ctl/wide.h \
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
	ctl/history/sender_cause.c ctl/history/sender_cause.h \
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
	ctl/postfix/postfix_setup.c ctl/postfix/postfix_setup.h \
	ctl/postfix/postfix_socket.c ctl/postfix/postfix_socket.h \
	ctl/postfix/program.c ctl/postfix/program.h \
	ctl/postfix/queue.c ctl/postfix/queue.h \
	ctl/postfix/queue_change.c ctl/postfix/queue_change.h \
	ctl/postfix/reach.c ctl/postfix/reach.h
if EXPORTER
libctl_a_SOURCES += ctl/history/exporter.c
else
libctl_a_SOURCES += ctl/history/exporter_none.c
endif
EXTRA_DIST += ctl/history/exporter.c ctl/history/exporter_none.c
# Of libedge.a the listener alone, so that libmilter is not linked.
ctl_libs = libctl.a libedge.a $(settings_libs) $(session_libs) $(EXPORTER_LIBS)

# Who reads mail of his own need not be root.  It was in sbindir once, as scripts know it.
bin_PROGRAMS = beschermctl
beschermctl_SOURCES = ctl/main.c
beschermctl_LDADD = $(ctl_libs) $(resolver_libs) -ljansson
