"""Django's mass mail over one connection: ``django_mail PORT COUNT``."""

import sys
import time

from django.conf import settings
from django.core.mail import send_mass_mail

from bench.letter import SENDER, letter
from bench.said import say


def main(port: int, count: int) -> None:
    """Send *count* mails in one call, and say how long it took."""
    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, USE_TZ=True)
    began_s = time.perf_counter()
    letters = (letter(number) for number in range(count))
    sent = send_mass_mail((subject, body, SENDER, [address]) for subject, body, address in letters)
    say(count=sent, seconds=time.perf_counter() - began_s)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
