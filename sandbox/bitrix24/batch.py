"""The batch method: up to 50 commands in order, references to earlier results, PHP's arrays."""

import re
from collections.abc import Callable
from typing import Any, Final

from .errors import RestError, error
from .php import as_php_json, is_true, pairs_of, parse_form

LENGTH: Final = 50
_REFERENCE: Final = re.compile(r"\$result((?:\[[^\[\]]+\])+)")

# Runs one command and returns its whole envelope, `time` included.
Run = Callable[[str, dict[str, Any]], dict[str, Any]]


def run_batch(params: dict[str, Any], run: Run) -> dict[str, Any]:
    """Run the commands; errors go into `result_error`, and empty maps or keys 0..n-1 become lists."""
    collected: dict[str, dict[str, Any]] = {
        part: {} for part in ("result", "result_error", "result_total", "result_next", "result_time")
    }
    halt = is_true(params.get("halt"))
    for number, (key, command) in enumerate(pairs_of(params.get("cmd")).items()):
        try:
            answer = _command(number, str(command), collected["result"], run)
        except RestError as problem:
            collected["result_error"][key] = problem.body()
            if halt:
                break
            continue
        _collect(collected, key, answer)
    return {part: as_php_json(value) for part, value in collected.items()}


def _collect(collected: dict[str, dict[str, Any]], key: str, answer: dict[str, Any]) -> None:
    for name, value in answer.items():
        collected["result" if name == "result" else f"result_{name}"][key] = value


def _command(number: int, command: str, results: dict[str, Any], run: Run) -> dict[str, Any]:
    if number >= LENGTH:
        raise error("batch_length")
    method, _, query = command.partition("?")
    if method == "batch":
        raise error("batch_method")
    return run(method, {key: _resolve(value, results) for key, value in parse_form(query).items()})


def _resolve(value: Any, results: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _resolve(one, results) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolve(one, results) for one in value]
    if not isinstance(value, str) or "$result" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole and isinstance(found := _look_up(whole[1], results), list | dict):
        return found
    return _REFERENCE.sub(lambda match: _as_text(_look_up(match[1], results)), value)


def _look_up(path: str, results: dict[str, Any]) -> Any:
    """Follow `[a][items][0][id]`; what is not there is empty, as in PHP."""
    node: Any = results
    for step in path[1:-1].split("]["):
        node = pairs_of(node).get(step)
    return node


def _as_text(value: Any) -> str:
    return "" if value is None or isinstance(value, list | dict) else str(value)
