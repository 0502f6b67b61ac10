"""What the description of the API says to those who test against it."""

from domain.recipient import TEST_PREFIX

TESTS = f"""\
**Tests.** What a test key (`tocsin keys create --test`) asks for goes its whole way, and reaches no gateway. \
It stores, changes and sees recipients whose id begins with `{TEST_PREFIX}`; it may send to everybody, and where \
real ones can be reached stays hidden from it. Campaigns that are no tests pass those recipients over, unless they \
list them. Magic recipients give each outcome:

| ends | email, any domain | phone | push token begins with, web-push endpoint ends with `/`, in-app id begins with |
|---|---|---|---|
| `delivered` | `simulate-delivered@` | `+15005550101` | `simulate-delivered` |
| `failed` by a bounce; the address stays in use | `simulate-bounced@` | `+15005550102` | `simulate-bounced` |
| retried, then `failed` or `expired` | `simulate-deferred@` | `+15005550103` | `simulate-deferred` |
| `unknown`; first retried, but for `promotional` | `simulate-unknown@` | `+15005550104` | `simulate-unknown` |

Everybody else is `sent`. `simulate-bounced+order-7@` works too.
"""
