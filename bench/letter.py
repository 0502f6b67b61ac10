"""The mail that everybody sends: personal, plain text, a little over half a kilobyte."""

SENDER = "news@example.com"
SUBJECT = "News for {name}"
BODY = """Hello {name},

spring is here, and so is our new catalogue. What you ordered last year is cheaper now, and there
are some forty things in it that nobody has seen before. You get it because you asked for it when
you opened your account with the address {address}.

    https://shop.example.com/catalogue/spring?for={id}

Whoever orders before the end of the month pays nothing for the delivery. If something is not as
it should be, answer this mail; a person reads it.

Kind regards
The people of the shop
"""


def letter(number: int) -> tuple[str, str, str]:
    """Return subject, body and address of the mail to the recipient of that number."""
    words = {"id": f"p{number}", "name": f"Person {number}", "address": f"person.{number}@example.com"}
    return SUBJECT.format(**words), BODY.format(**words), words["address"]


def template(text: str) -> str:
    """Return *text* as a template of Tocsin's, which fills in the same."""
    return text.format(id="{{ recipient.id }}", name="{{ recipient.name }}", address="{{ recipient.email }}")
