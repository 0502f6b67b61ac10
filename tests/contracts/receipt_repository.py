"""What keeping receipts must do, on every store."""

from tests.contracts.receipt_addresses import ReceiptAddresses
from tests.contracts.receipt_counters import ReceiptCounters
from tests.contracts.receipt_steps import ReceiptSteps


class ReceiptRepositoryContract(ReceiptSteps, ReceiptAddresses, ReceiptCounters):
    """Steps by receipts, early and late ones, addresses out of use, and what is counted."""
