"""What an administrator sets up in a Copper account: users, pipelines, lists. With the defaults of a fresh one."""

from dataclasses import dataclass, field
from typing import Any, Final

# How a deal was closed is not a stage in Copper. The control API and the board show it as further columns.
STATUS_COLUMNS: Final = {"Won": "status:Won", "Lost": "status:Lost", "Abandoned": "status:Abandoned"}
INTEGRATION: Final = "integration@acme.example"


@dataclass(frozen=True)
class User:
    """A user of the account."""

    id: int
    email: str
    name: str
    active: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return the user as the API shows it: no role, no active flag."""
        return {
            "id": self.id,
            "name": self.name,
            "email": self.email,
            "groups": [{"id": 51265, "name": "Sales Team"}],
        }


@dataclass(frozen=True)
class Stage:
    """One stage; only its id is its own, names repeat between pipelines."""

    id: int
    name: str
    win_probability: int

    def as_json(self) -> dict[str, Any]:
        """Return the stage as it is nested in its pipeline."""
        return {"id": self.id, "name": self.name, "win_probability": self.win_probability}


@dataclass(frozen=True)
class Pipeline:
    """One pipeline with its stages in order."""

    id: int
    name: str
    stages: tuple[Stage, ...]
    type: str = "opportunity"
    is_revenue: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the pipeline as the API shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "is_revenue": self.is_revenue,
            "stages": [stage.as_json() for stage in self.stages],
        }

    def stage(self, stage_id: int | None) -> Stage | None:
        """Return the stage of that id, if it is one of this pipeline."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)


@dataclass(frozen=True)
class ActivityType:
    """One type of activities."""

    id: int
    category: str
    name: str
    is_disabled: bool = False
    count_as_interaction: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the type as the API shows it."""
        return {
            "id": self.id,
            "category": self.category,
            "name": self.name,
            "is_disabled": self.is_disabled,
            "count_as_interaction": self.count_as_interaction,
        }


def _stages(first: int, *stages: tuple[str, int]) -> tuple[Stage, ...]:
    return tuple(Stage(first + place, name, chance) for place, (name, chance) in enumerate(stages))


PIPELINES: Final = (
    Pipeline(
        213_214,
        "Sales",
        _stages(
            987_790,
            ("Qualified", 5),
            ("Follow-up", 15),
            ("Presentation", 40),
            ("Contract Sent", 60),
            ("Negotiation", 80),
        ),
        is_revenue=True,
    ),
    Pipeline(
        213_215, "Partner deals", _stages(987_800, ("Introduced", 10), ("In talks", 40), ("Negotiation", 70))
    ),
    Pipeline(213_216, "Onboarding", _stages(987_810, ("Kick-off", 0), ("Done", 100)), "project"),
)
USERS: Final = (
    User(137_658, "olena@acme.example", "Olena K."),
    User(137_659, "petar@acme.example", "Petar D."),
    User(137_661, "maria@acme.example", "Maria S."),
    User(137_664, "ivan@acme.example", "Ivan P."),
    User(137_702, "robot@else.example", "Robot Elsewhere"),
    User(159_258, INTEGRATION, "Integration"),
)
NOTE: Final = ActivityType(0, "user", "Note")
PROPERTY_CHANGED, USER_ASSIGNED, STAGE_CHANGED, ENTITY_CREATED = 1, 2, 3, 8
ACTIVITY_TYPES: Final = (
    NOTE,
    ActivityType(190_711, "user", "Phone Call", count_as_interaction=True),
    ActivityType(190_712, "user", "Meeting", count_as_interaction=True),
    ActivityType(194_674, "user", "Old type", is_disabled=True),
    ActivityType(PROPERTY_CHANGED, "system", "Property Changed"),
    ActivityType(USER_ASSIGNED, "system", "User Assigned"),
    ActivityType(STAGE_CHANGED, "system", "Pipeline Stage Changed"),
    ActivityType(6, "system", "Email", count_as_interaction=True),
    ActivityType(ENTITY_CREATED, "system", "Entity Created"),
    ActivityType(12, "system", "User Joined"),
    ActivityType(48, "system", "Form Submitted"),
)


@dataclass
class Directories:
    """Users, pipelines and lists of one account."""

    users: dict[int, User] = field(default_factory=lambda: {user.id: user for user in USERS})
    pipelines: list[Pipeline] = field(default_factory=lambda: list(PIPELINES))
    loss_reasons: dict[int, str] = field(
        default_factory=lambda: {308_805: "Price", 308_806: "Competitor", 308_807: "No budget"}
    )
    customer_sources: dict[int, str] = field(
        default_factory=lambda: {331_240: "Email", 331_241: "Cold Call", 331_242: "Advertising"}
    )
    contact_types: dict[int, str] = field(
        default_factory=lambda: {451_490: "Potential Customer", 451_491: "Current Customer", 451_492: "Other"}
    )
    lead_statuses: dict[int, str] = field(
        default_factory=lambda: {208_231: "New", 208_232: "Unqualified", 208_233: "Contacted"}
    )
    activity_types: tuple[ActivityType, ...] = ACTIVITY_TYPES

    def pipeline(self, pipeline_id: int | None) -> Pipeline | None:
        """Return a pipeline of opportunities."""
        return next((each for each in self.opportunity_pipelines() if each.id == pipeline_id), None)

    def opportunity_pipelines(self) -> list[Pipeline]:
        """Return the pipelines that deals go through."""
        return [each for each in self.pipelines if each.type == "opportunity"]

    def stage(self, stage_id: int | None) -> tuple[Pipeline, Stage] | None:
        """Return the stage of that id with its pipeline; ids of stages are unique over all pipelines."""
        for pipeline in self.opportunity_pipelines():
            if stage := pipeline.stage(stage_id):
                return pipeline, stage
        return None

    def user_of(self, email: str) -> User | None:
        """Return the user with this e-mail."""
        return next((user for user in self.users.values() if user.email.lower() == email.lower()), None)

    def activity_type(self, category: str, id: int) -> ActivityType | None:
        """Return a type of activities."""
        return next(
            (each for each in self.activity_types if (each.category, each.id) == (category, id)), None
        )
