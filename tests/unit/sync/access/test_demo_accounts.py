"""The accounts of the demo: there after each run, with the passwords of that run only."""

from __future__ import annotations

import pytest

from cli.demo_accounts import give_accounts
from store.database import Store
from sync.access import accounts
from sync.access.sessions import viewer_of_session
from sync.access.signing_in import Attempt, Refused, sign_in
from sync.access.viewer import Profile

from .house import Clock, make_runtime


def test_each_run_gives_its_own_passwords(sqlite_store: Store, clock: Clock) -> None:
    runtime = make_runtime(sqlite_store, clock)
    first = give_accounts(runtime)
    accounts.set_profile(runtime, first[0].email, Profile.EXTERNAL, by="somebody")
    for old, new in zip(first, give_accounts(runtime), strict=True):
        with pytest.raises(Refused):
            sign_in(runtime, Attempt(old.email, old.password, "127.0.0.1"))
        viewer = viewer_of_session(runtime, sign_in(runtime, Attempt(new.email, new.password, "127.0.0.1")))
        assert viewer is not None
        assert (viewer.email, viewer.profile) == (old.email, old.profile)
        assert viewer.sees_all or viewer.sections == {"conversion"}
