"""To whom a letter may go: only to addresses in the domains of config/policy.toml.

Owns the judgement of an address. Promises that one address outside the list stops the whole run before anything is queued.
Never shows an address that it refuses: it names the area and, at most, the domain.
"""

import re
from pathlib import Path

from outcomes.definitions.policy import policy
from outcomes.errors import SafetyRefusal

# The dot-atom of RFC 5322 and a plain domain, in ASCII: no quotes, comments, control characters or look-alike letters.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.ASCII)

# RFC 5321: a local part of 64 and an address of 254 characters at most.
_LONGEST_LOCAL_PART, _LONGEST_ADDRESS = 64, 254


def allowed_domains(policy_file: Path | None = None) -> frozenset[str]:
    """The domains a scorecard may be sent to, in lower case; raises SetupError when the policy cannot be read."""
    return frozenset(policy(policy_file).delivery.allowed_domains)


def allowed_address(area: str, recipient: str, domains: frozenset[str]) -> str:
    """The address in lower case, so that two spellings are one recipient; raises SafetyRefusal when it may not be used.

    `area` is the code of the STP or CCG whose recipient it is.
    """
    address = recipient.lower()
    match = _ADDRESS.fullmatch(address)
    if match is None or len(address) > _LONGEST_ADDRESS or len(match[1]) > _LONGEST_LOCAL_PART:
        raise SafetyRefusal(
            f"A recipient of {area} is not a usable e-mail address, so nothing was sent to anybody: "
            "mend the recipients of that area in the list of organisations."
        )
    if match[2] not in domains:
        raise SafetyRefusal(
            f"A recipient of {area} is in {match[2]}, a domain that is not allowed, so nothing was sent to anybody: correct "
            "the recipient in the list of organisations, or add the domain to delivery.allowed_domains in the policy."
        )
    return address
