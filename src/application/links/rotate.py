"""Taking links out of use."""

from attrs import frozen

from application.ports.link_repository import LinkGenerations, LinkRepository


@frozen(kw_only=True)
class RotateLinks:
    """Begin a new generation of links."""

    links: LinkRepository

    def __call__(self, *, revoke: bool) -> LinkGenerations:
        """Let new links be of a new generation, end all older ones with *revoke*, and return which are good now."""
        return self.links.rotate(revoke=revoke)
