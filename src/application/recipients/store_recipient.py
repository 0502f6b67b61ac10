"""Storing one person, whole or in part."""

from attrs import frozen

from application.ports.recipient_repository import RecipientRepository
from application.recipients.checking import RecipientChecking, RecipientDraft
from domain.recipient import Recipient


@frozen
class StoredRecipient:
    """A recipient as it was stored, and whether nobody had its id before."""

    recipient: Recipient
    is_new: bool


@frozen(kw_only=True)
class PutRecipient:
    """Create a recipient or replace it whole."""

    recipients: RecipientRepository
    checking: RecipientChecking

    def __call__(self, draft: RecipientDraft) -> StoredRecipient:
        """Return the recipient as stored.

        :raises InvalidInput: every wrong field is named.
        """
        recipient = self.checking(draft)
        return StoredRecipient(recipient, is_new=self.recipients.put([recipient]) > 0)


@frozen(kw_only=True)
class MergeRecipient:
    """Create a recipient, or change what a draft says and leave the rest as it was."""

    recipients: RecipientRepository
    checking: RecipientChecking

    def __call__(self, draft: RecipientDraft) -> Recipient:
        """Return the recipient as stored.

        :raises InvalidInput: every wrong field is named.
        """
        self.recipients.merge([self.checking(draft)])
        return self.recipients.get(draft.id)
