"""What every queue must do: one suite in five parts."""

from tests.contracts.queue_begin import BeginContract
from tests.contracts.queue_caps import CapsContract
from tests.contracts.queue_claim import ClaimContract
from tests.contracts.queue_conclude import ConcludeContract
from tests.contracts.queue_rescue import RescueContract


class DispatchQueueContract(ClaimContract, BeginContract, CapsContract, ConcludeContract, RescueContract):
    """Claiming, beginning, keeping to caps, concluding, rescuing."""
