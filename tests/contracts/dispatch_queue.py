"""What every queue must do: one suite in four parts."""

from tests.contracts.queue_begin import BeginContract
from tests.contracts.queue_claim import ClaimContract
from tests.contracts.queue_conclude import ConcludeContract
from tests.contracts.queue_rescue import RescueContract


class DispatchQueueContract(ClaimContract, BeginContract, ConcludeContract, RescueContract):
    """Claiming, beginning, concluding, rescuing."""
