"""What may go wrong with a measurement."""


class NotMeasured(Exception):
    """A figure cannot be had: something is missing, a process failed, or did not do what it should have done."""


def check(fact: bool, sentence: str) -> None:
    """Raise :class:`NotMeasured` with *sentence* unless *fact* holds: a figure of work not done is worthless."""
    if not fact:
        raise NotMeasured(sentence)
