"""apprise, a personal mail to each address: ``apprise_mail PORT COUNT``.

A new object a recipient, because one that is used again waits 5.5 s between two mails.
"""

import sys
import time

import apprise

from bench.letter import SENDER, letter
from bench.said import say


def main(port: int, count: int) -> None:
    """Send *count* mails, and say how long it took."""
    count_sent = 0
    began_s = time.perf_counter()
    for number in range(count):
        subject, body, address = letter(number)
        one = apprise.Apprise()
        assert one.add(f"mailto://127.0.0.1:{port}?from={SENDER}&to={address}&mode=insecure&format=text")
        count_sent += bool(one.notify(title=subject, body=body))
    say(count=count_sent, seconds=time.perf_counter() - began_s)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
