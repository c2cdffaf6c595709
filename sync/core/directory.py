"""Who is who in one CRM: account ids here, members of the team there. Never guesses a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mapping.model import Actor, ActorKind, Value
from mapping.ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the CRM."""

    id: str
    email: str | None
    name: str
    active: bool
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Directory:
    """The people of one connection."""

    emails: Mapping[str, str] = field(default_factory=dict)  # account id or alias -> e-mail, members or not
    accounts: Mapping[str, str] = field(default_factory=dict)  # member's e-mail -> account id

    def email(self, account_id: Value) -> str | None:
        """The e-mail behind an account id, whether or not they are on the team."""
        return self.emails.get(account_id) if isinstance(account_id, str) else None

    def account(self, email: str | None) -> str | None:
        """The account that a member owns deals under."""
        return self.accounts.get(email) if email else None


def build(connection: str, accounts: Iterable[Account], rules: Ruleset) -> Directory:
    """Match the CRM's users to the team: by the account id a member names, else by e-mail."""
    emails: dict[str, str] = {}
    owned: dict[str, str] = {}
    named = {
        member.accounts[connection]: member.email
        for member in rules.team.values()
        if connection in member.accounts
    }
    for account in accounts:
        email = named.get(account.id) or (account.email or "").lower() or None
        if email is None:
            continue
        for name in (account.id, *account.aliases):
            emails[name] = email
        if account.active and email in rules.team:
            owned.setdefault(email, account.id)
    for account_id, email in named.items():
        emails.setdefault(account_id, email)
        owned[email] = account_id
    return Directory(emails, owned)


def member_of(actor: Actor, directory: Directory | None, rules: Ruleset) -> str | None:
    """The team member behind an actor, or None for outsiders: strangers, robots and other integrations."""
    if actor.kind is not ActorKind.PERSON or directory is None:
        return None
    email = directory.email(actor.user_id)
    return email if email in rules.team else None
