"""How long a gateway takes, learned from its last calls."""

from attrs import define, field

MESSAGE_FIRST_S = 0.02  # before the first call; then it is known better
MESSAGE_MIN_S = 1e-6
MEMORY = 0.8  # what each call leaves of the weight of those before it
SPREAD_MIN = 0.01  # calls of so nearly the same size say nothing of what one more message costs


@define(eq=False)
class Speed:
    """So much a call, and so much more a message: a straight line through the last calls, the latest weighing most.

    A provider's call may take as long for a hundred messages as for one; smaller calls would only make that slower.
    """

    _weight: float = field(default=0.0, init=False)
    _number: float = field(default=0.0, init=False)
    _took_s: float = field(default=0.0, init=False)
    _number_squared: float = field(default=0.0, init=False)
    _number_took: float = field(default=0.0, init=False)
    _largest: float = field(default=0.0, init=False)  # of the last calls

    def learn(self, number: int, took_s: float) -> None:
        """Take note of a call of *number* messages that took *took_s* seconds."""
        self._weight = MEMORY * self._weight + 1
        self._number = MEMORY * self._number + number
        self._took_s = MEMORY * self._took_s + took_s
        self._number_squared = MEMORY * self._number_squared + number * number
        self._number_took = MEMORY * self._number_took + number * took_s
        self._largest = max(number, MEMORY * self._largest)

    @property
    def message_s(self) -> float:
        """Return how long a message takes, its share of the call included."""
        return max(MESSAGE_MIN_S, self._took_s / self._number) if self._number else MESSAGE_FIRST_S

    def fitting(self, seconds: float) -> int:
        """Return how many messages make a call longer by about *seconds*: at least one, at most twice the last calls.

        As long as all calls were alike, nobody knows what one message more costs: then a call of two finds out.
        """
        further_s = self._further_message_s()
        if further_s is None:
            number = max(2 if self._largest else 1, int(seconds / self.message_s))
        else:
            number = int(seconds / max(MESSAGE_MIN_S, further_s))
        return max(1, min(number, int(2 * self._largest)) if self._largest else number)

    def _further_message_s(self) -> float | None:
        spread = self._weight * self._number_squared - self._number**2
        if not self._weight or spread < SPREAD_MIN * self._number**2:
            return None
        slope = (self._weight * self._number_took - self._number * self._took_s) / spread
        return min(max(0.0, slope), self.message_s)
