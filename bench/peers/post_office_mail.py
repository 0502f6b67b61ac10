"""django-post_office on SQLite, from due rows to recorded mails: ``post_office_mail PORT COUNT FILE``."""

import sys
import time

import django
from django.conf import settings
from django.core.management import call_command

from bench.letter import SENDER, letter
from bench.said import say


def main(port: int, count: int, file: str) -> None:
    """Queue *count* mails, send what is queued, and say how long the sending took."""
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": file}},
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        POST_OFFICE={"BATCH_SIZE": 500, "THREADS_PER_PROCESS": 1},
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from post_office import mail
    from post_office.models import STATUS, Email

    letters = (letter(number) for number in range(count))
    mail.send_many(
        [
            {"sender": SENDER, "recipients": [address], "subject": subject, "message": body}
            for subject, body, address in letters
        ]
    )
    began_s = time.perf_counter()
    mail.send_queued_mail_until_done(lockfile=f"{file}.lock", processes=1, log_level=2)
    seconds = time.perf_counter() - began_s
    say(count=Email.objects.filter(status=STATUS.sent).count(), seconds=seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
