"""A server behind something that forgets connections: the first request of each is answered, the others go nowhere."""

from tests.servers.http_loopback import LoopbackServer, Reply, Request, Trouble


class ForgetfulServer(LoopbackServer):
    """Answers as long as every request comes on a connection of its own; nobody is told that one was forgotten."""

    def __init__(self) -> None:
        super().__init__(self._first_alone)

    def _first_alone(self, _: Request) -> Reply | Trouble:
        return Reply(200) if len(self.requests) <= self.connections else Trouble.HANG
