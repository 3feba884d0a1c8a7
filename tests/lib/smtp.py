"""Sends one message over SMTP, exact bytes, from any client address: by XCLIENT, or, where
the server has none, from that very address, which this host must have then.

    reply = send(2525, data, "192.0.2.1", helo="mail.example", mail_from="<a@b.example>")

As a program:  smtp.py PORT CLIENT-ADDRESS MAIL-FROM FILE [HELO]
"""

import re
import smtplib
import sys
import time


class Refused(Exception):
    """A reply of 4xx or 5xx, which is the answer."""


def say(server, command, arguments=""):
    code, text = server.docmd(command, arguments)
    reply = f"{code} " + text.decode("utf-8", "replace").replace("\n", " / ")
    if code >= 400:
        raise Refused(reply)
    return reply


def xclient_address(client):
    return "IPV6:" + client if ":" in client else client


def send(
    port,
    data,
    client,
    name=None,
    helo="mail.example",
    mail_from="<sender@example.org>",
    recipients=("<anna@school.example>",),
    login=None,
    pause=0,
    xclient=True,
):
    """What the server said in the end: "250 ..." or the first refusal.

    ${data} ends with CRLF; ${pause}: seconds that the client waits in the midst of it.
    """
    attributes = f"ADDR={xclient_address(client)} NAME={name or '[UNAVAILABLE]'}"
    if login is not None:
        attributes += f" LOGIN={login}"
    host = "::1" if ":" in client and not xclient else "127.0.0.1"
    source = None if xclient else (client, 0)
    with smtplib.SMTP(host, port, timeout=60, source_address=source) as server:
        try:
            if xclient:
                say(server, "EHLO", "localhost")
                say(server, "XCLIENT", attributes)
            say(server, "EHLO", helo)
            say(server, "MAIL", f"FROM:{mail_from}")
            for recipient in recipients:
                say(server, "RCPT", f"TO:{recipient}")
            say(server, "DATA")
            content = re.sub(rb"(?m)^\.", b"..", data)
            half = len(content) // 2
            server.send(content[:half])
            time.sleep(pause)
            server.send(content[half:] + b".\r\n")
            code, text = server.getreply()
            return f"{code} " + text.decode("utf-8", "replace").replace("\n", " / ")
        except Refused as refusal:
            return str(refusal)


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    with open(sys.argv[4], "rb") as message:
        content = message.read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    print(
        send(
            int(sys.argv[1]),
            content,
            sys.argv[2],
            helo=sys.argv[5] if len(sys.argv) > 5 else "mail.example",
            mail_from=sys.argv[3],
        )
    )
