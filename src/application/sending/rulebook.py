"""What the configuration says about each channel and type, looked up while sending."""

from attrs import define, field

from application.ports.sender import Routes
from domain.channel import Channel
from domain.claim import Rules
from domain.notification_type import NotificationType, TypePolicies
from domain.retry_policy import RetryPolicies


@define(eq=False)
class Rulebook:
    """The rules for a channel and a type. A repeat is harmless where every gateway of the route says so.

    Tests go through the simulator whatever the route is, and a repeat of theirs is not harmless: they show what the
    type does with a lost answer.
    """

    policies: TypePolicies
    retries: RetryPolicies
    routes: Routes
    _known: dict[tuple[Channel, NotificationType, bool], Rules] = field(factory=dict, init=False)

    def rules(self, channel: Channel, type_: NotificationType, *, test: bool) -> Rules:
        """Return the rules for *channel* and *type_*, those of *test* lanes or of the others."""
        found = self._known.get((channel, type_, test))
        if found is None:
            route = () if test else self.routes.get(channel, ())
            policy = self.policies[type_]
            found = self._known[channel, type_, test] = Rules(
                policy=policy,
                retry=self.retries[channel],
                test=test,
                harmless=bool(route) and all(gateway.repeats_are_harmless for gateway in route),
                stopped_by=policy.stopped_by(channel),
            )
        return found
