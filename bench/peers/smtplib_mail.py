"""The standard library over one connection that stays open: ``smtplib_mail PORT COUNT message|prebuilt``."""

import smtplib
import sys
import time
from email.message import EmailMessage

from bench.letter import SENDER, letter
from bench.said import say


def main(port: int, count: int, kind: str) -> None:
    """Send *count* mails, and say how long it took; mails that are built before cost nothing in it."""
    prebuilt = [
        (_message(number).as_bytes(), letter(number)[2]) for number in range(count if kind == "prebuilt" else 0)
    ]
    began_s = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as connection:
        if kind == "prebuilt":
            for octets, address in prebuilt:
                connection.sendmail(SENDER, [address], octets)
        else:
            for number in range(count):
                connection.send_message(_message(number))
    say(count=count, seconds=time.perf_counter() - began_s)


def _message(number: int) -> EmailMessage:
    subject, body, address = letter(number)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, address, subject
    message.set_content(body)
    return message


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
