"""Checks addresses with email-validator and phonenumbers, without asking the network."""

import re
from functools import cache, lru_cache
from types import ModuleType

from domain.address import EMAIL_MAX, is_email, is_phone

PRIVATE_DOMAINS = ("local", "localhost", "test")
"""Special-use names (RFC 2606, RFC 6762) that are in use inside a house and in trials; the others are refused."""

_PLAIN_EMAIL = re.compile(r"([a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@([^@]+)\Z")
"""Nothing about such a mailbox needs the library, and the domains of a long list are few."""

_WRITTEN_PHONE = re.compile(r"\+[0-9 ().\-/]+\Z")
_EXTENSION = re.compile(r"(?:x|ext\.?|extension|#|;)\s*=?\s*[0-9]+\Z", re.IGNORECASE)
_WRITTEN_PHONE_MAX = 40


class StandardAddressChecker:
    """Accepts what can be sent to: an ASCII mailbox at a domain with a dot, and a possible E.164 number.

    A domain with other letters is stored in its ASCII form (IDNA 2008), which every gateway carries. A number counts as
    possible by its country code and length; whether it is assigned, only the provider knows.
    """

    def email(self, text: str) -> str:
        """Return *text* as it is stored: one mailbox, its domain in lower case.

        :raises ValueError: it is none; the message says why, without repeating the address.
        """
        if len(text) > EMAIL_MAX:
            raise ValueError(f"is not an email address: it is longer than {EMAIL_MAX} characters")
        plain = _PLAIN_EMAIL.match(text)
        address = f"{plain[1]}@{_domain(plain[2])}" if plain else _standard_email(text)
        if not is_email(address):
            raise ValueError("is not an email address that mail systems carry")
        return address

    def phone(self, text: str) -> str:
        """Return *text* as an E.164 number such as ``+14155550100``.

        :raises ValueError: it is none; the message says why, without repeating the number.
        """
        if not text.startswith("+"):
            raise ValueError("is not a phone number: it must start with + and the country code, as in +14155550100")
        if _EXTENSION.search(text):
            raise ValueError("is not a phone number that gets messages: it has an extension; leave that out")
        if len(text) > _WRITTEN_PHONE_MAX or not _WRITTEN_PHONE.match(text):
            raise ValueError(
                "is not a phone number: it has more than + and digits, with spaces, dots or dashes between"
            )
        library = _phonenumbers()
        try:
            number = library.parse(text, None)
        except library.NumberParseException:
            raise ValueError("is not a phone number: no country has this code, or digits are missing") from None
        reasons = {
            library.ValidationResult.TOO_SHORT: "it is too short for its country",
            library.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "it is too short for its country",
            library.ValidationResult.TOO_LONG: "it is too long for its country",
            library.ValidationResult.INVALID_COUNTRY_CODE: "no country has this code",
        }
        verdict = library.is_possible_number_with_reason(number)
        found = str(library.format_number(number, library.PhoneNumberFormat.E164))
        if verdict != library.ValidationResult.IS_POSSIBLE or not is_phone(found):
            raise ValueError(f"is not a phone number: {reasons.get(verdict, 'its country has none of this length')}")
        return found


@lru_cache(maxsize=4096)
def _domain(text: str) -> str:
    return _standard_email(f"a@{text}").removeprefix("a@")


def _standard_email(text: str) -> str:
    library = _email_validator()
    try:
        found = library.validate_email(text, check_deliverability=False, strict=True, allow_smtputf8=False)
    except library.EmailNotValidError as error:
        raise ValueError(f"is not an email address: {_without_quotation(str(error))}") from None
    return str(found.ascii_email)


def _without_quotation(message: str) -> str:
    """Return the library's *message* without the pieces of the address that it may quote."""
    kept = re.split(r"[:(]", message, maxsplit=1)[0].strip().rstrip(".")
    return kept[:1].lower() + kept[1:]


@cache
def _email_validator() -> ModuleType:
    import email_validator  # 35 ms that a small command does without

    known = email_validator.SPECIAL_USE_DOMAIN_NAMES  # the library's documented way to allow such names
    known[:] = [name for name in known if name not in PRIVATE_DOMAINS]
    return email_validator


@cache
def _phonenumbers() -> ModuleType:
    import phonenumbers  # 70 ms that a small command does without

    return phonenumbers
