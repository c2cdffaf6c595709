"""Logs: one line an action, for people or as JSON, and nothing in them that has to stay secret or private."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from sync.house import environment

FORMAT = "CONVEYOR_LOG_FORMAT"
"""`console` or `json`; by default lines for people on a terminal and JSON everywhere else."""

HIDDEN = "[hidden]"

_SECRET_NAMES = re.compile(
    r"token|secret|passw|authorization|api_?key|hapikey|cookie|signature|grant|credential", re.IGNORECASE
)
_HIDE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"), HIDDEN),  # user and password of a URL
    (re.compile(r"[\w.+%-]*[\w+%-]@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?<=/rest/)\d+/\w+"), HIDDEN),  # a Bitrix24 webhook is a password in a path
    (re.compile(r"\bpat-\w{2,4}-[\w-]{8,}"), HIDDEN),  # a HubSpot access token
    (
        re.compile(
            r"(?i)\b(\w*(?:token|secret|password|hapikey|api_?key)[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;)]{4,}"
        ),
        rf"\1{HIDDEN}",
    ),
)
_CHATTY = ("alembic", "urllib3", "httpcore", "asyncio", "uvicorn")


def configure(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Send all logs of this process, the libraries' too, to a stream (standard error), redacted."""
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(target)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def redact(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Hide secrets by the name of their field and by their look, and e-mail addresses."""
    return {key: _hide(key, value) for key, value in line.items()}


def _hide(key: str, value: object) -> object:
    if key.startswith("_"):  # structlog's own
        return value
    if _SECRET_NAMES.search(key) and not isinstance(value, bool | int | float | None):
        return HIDDEN
    if isinstance(value, str):
        return _hide_in(value)
    if isinstance(value, Mapping):
        return {inner: _hide(str(inner), each) for inner, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hide("", each) for each in value]
    if isinstance(value, bool | int | float | None):
        return value
    return _hide_in(str(value))


def _hide_in(text: str) -> str:
    for pattern, instead in _HIDE:
        text = pattern.sub(instead, text)
    return text


def _renderer(stream: TextIO) -> Processor:
    wanted = environment().get(FORMAT) or ("console" if stream.isatty() else "json")
    if wanted == "console":
        return structlog.dev.ConsoleRenderer(colors=False)
    return structlog.processors.JSONRenderer(ensure_ascii=False)
