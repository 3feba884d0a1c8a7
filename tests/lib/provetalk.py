"""The test messages of `beschermctl prove`, sent to a daemon that knows their zone, or through
a Postfix that has their listener; and what came of them."""

import os
import shutil
import tempfile
from contextlib import contextmanager

import provemessages
from milterclient import Client, transmit
from provemessages import OUR_ID, OUR_ID_CAPITALS

HOST = "mx.school.example"
SERVICE = "beschermd-prove"
OTHER = "198.51.100.7"  # an address outside of their network
MARKED = 10  # quarantine: caught by a mark
ACTIONS = {"caught": ("reject",), "delivered": ("continue",), "deferred": ("tempfail", "reject")}
# As beschermctl prove --setup has it.
LISTENER = f"""\
{SERVICE} unix - n {{chroot}} - 1 smtpd
  -o syslog_name=postfix/prove
  -o milter_macro_daemon_name={SERVICE}
  -o smtpd_authorized_xclient_hosts=127.0.0.1
  -o mynetworks=
  -o smtpd_client_restrictions=
  -o smtpd_helo_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_relay_restrictions=
  -o smtpd_recipient_restrictions=check_recipient_access,inline:{{{{prove@{provemessages.ZONE}=OK}}}},reject
  -o smtpd_data_restrictions=
  -o smtpd_end_of_data_restrictions=
  -o smtpd_reject_unlisted_recipient=no
  -o smtpd_reject_unlisted_sender=no
  -o smtpd_client_event_limit_exceptions=192.0.2.0/24
  -o smtpd_proxy_filter=
  -o smtpd_sasl_auth_enable=no
  -o smtpd_tls_security_level=none
  -o content_filter=retry:{SERVICE}
  -o receive_override_options=no_address_mappings,no_header_body_checks
"""


@contextmanager
def zone():
    """A copy of the zone, where every user can read it, for daemons that start now."""
    folder = tempfile.mkdtemp(prefix="beschermd-prove.", dir="/tmp")
    before = os.environ.get("BESCHERMD_PROVEDIR")
    try:
        os.chmod(folder, 0o755)
        shutil.copy(os.path.join(provemessages.FOLDER, "zone"), folder)
        os.chmod(os.path.join(folder, "zone"), 0o644)
        os.environ["BESCHERMD_PROVEDIR"] = folder
        yield folder
    finally:
        os.environ.pop("BESCHERMD_PROVEDIR", None)
        if before is not None:
            os.environ["BESCHERMD_PROVEDIR"] = before
        shutil.rmtree(folder, ignore_errors=True)


def wants(case):
    """The filter's answers that are right, by its default settings."""
    return ("continue",) if case.number == MARKED else ACTIONS[case.wanted]


def text_of(case):
    text = provemessages.read(case.file)
    return text.replace(OUR_ID, HOST).replace(OUR_ID_CAPITALS, HOST.upper()).encode()


class Talk(Client):
    """A mail server's connection to the filter, which calls its service ${service}."""

    def __init__(self, daemon, client, helo, service=SERVICE):
        super().__init__(daemon.socket)
        self.negotiate()
        self.hello(client, helo, service)

    def hello(self, client, helo, service):
        macros = {"j": HOST, "v": "Postfix 3.7.11"}
        if service is not None:
            macros["{daemon_name}"] = service
        self.connect(client, macros=macros)
        self.helo(helo)

    def send_case(self, case, queue_id=None):
        recipients = [f"<prove@{provemessages.ZONE}>"]
        return transmit(self, text_of(case), f"<{case.mail_from}>", recipients, None,
                        queue_id or f"4CASE{case.number:02}")


def send(daemon, case, client=None, service=SERVICE):
    """(the filter's result, its line of log)"""
    known = len(daemon.lines())
    with Talk(daemon, client or case.client, case.helo, service) as talk:
        result = talk.send_case(case)
        talk.quit()
    lines = daemon.lines()[known:]
    return result, lines[-1] if lines else ""
