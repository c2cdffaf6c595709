"""What `PUT /sandbox/credentials` sets: credentials, the account, and a switch for each undocumented behaviour."""

from typing import Literal

from pydantic import ConfigDict

from sandbox.contract import Model


class Settings(Model):
    """One Copper account. The defaults follow the documented samples; what is not documented can be switched."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    # Credentials. The key belongs to the user of that e-mail; as an administrator it sees every record.
    api_key: str = "copper-sandbox-key"
    user_email: str = "integration@acme.example"
    administrator: bool = True
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"
    redirect_uri: str = "https://conveyor.example/oauth/copper"
    code: str = "sandbox-code"

    # The account.
    account_name: str = "Acme Sales"
    primary_timezone: str = "America/New_York"
    enable_leads: bool = True
    team_permissions: bool = False

    # The search index.
    search_lag_s: float = 0  # how long a change takes to be found; set to 0 everything is found at once
    search_cap: int = 100_000
    total_excess: int = 0  # X-PW-TOTAL is an upper bound: how much it says too much
    modified_inclusive: bool = True  # whether minimum_modified_date finds that very second

    # What the vendor leaves open.
    date_order: Literal["MDY", "DMY"] = "MDY"  # of close_date
    requires_contact: bool = True  # whether an opportunity without primary contact is refused
    foreign_stage: Literal["refuse", "move"] = "refuse"  # a stage of another pipeline, without that pipeline
    probability_follows: bool = True  # whether a change of stage changes win_probability
    stage_values: Literal["object", "names", "ids", "none"] = "object"  # old_value, new_value of type 3
    property_values: bool = False  # old_value, new_value of type 1; the published samples have none
    status_activity: bool = True  # whether a change of status is an activity of type 1
    notes_touch: bool = False  # whether a note moves date_modified of its record
    lists_deactivated: bool = False  # whether deactivated users are listed
    webhook_status: Literal["words", "ids"] = "words"  # status in updated_attributes
    own_writes_told: bool = True  # whether writes by API cause webhooks
    http_targets: bool = False  # whether webhooks may go to plain http, for a target on this machine
