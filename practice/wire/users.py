"""People: who am I, by id, by name."""

from __future__ import annotations

from typing import Any

from .. import people
from . import errors, fields
from .gate import Answer, Call
from .render import Renderer

PARAMETERS = ("expansions", "tweet.fields", "user.fields")


def me(call: Call) -> Answer:
    """GET /2/users/me."""
    fields.check_parameters(call.query, PARAMETERS, expansions=fields.USER_EXPANSIONS)
    return Answer({"data": Renderer(call.world, call.query).user(call.me)})


def one(call: Call, person: Any, parameter: str, value: str) -> Answer:
    if person is None:
        return Answer({"errors": [errors.missing("user", parameter, value)]})
    if person["suspended"]:
        return Answer({"errors": [errors.suspended(parameter, value)]})
    return Answer({"data": Renderer(call.world, call.query).user(person)})


def by_id(call: Call) -> Answer:
    """GET /2/users/:id."""
    fields.check_parameters(call.query, PARAMETERS, expansions=fields.USER_EXPANSIONS)
    user_id = fields.path_id(call.path["id"])
    return one(call, people.on(call.world, user_id, "x"), "id", str(user_id))


def check_username(value: str, name: str) -> str:
    if not people.texts.HANDLE.fullmatch(value):
        raise errors.invalid({name: [value]}, f"The `{name}` query parameter value [{value}] does not match ^[A-Za-z0-9_]{{1,15}}$")
    return value.lower()


def by_username(call: Call) -> Answer:
    """GET /2/users/by/username/:username."""
    fields.check_parameters(call.query, PARAMETERS, expansions=fields.USER_EXPANSIONS)
    handle = check_username(call.path["username"], "username")
    person = call.world.store.one("SELECT * FROM people WHERE handle_key = ? AND network = 'x'", (handle,))
    return one(call, person, "username", call.path["username"])


def several(call: Call, name: str, values: list[str], found: list[Any]) -> Answer:
    renderer = Renderer(call.world, call.query)
    data, problems = [], []
    for value, person in zip(values, found, strict=True):
        if person is None:
            problems.append(errors.missing("user", name, value))
        elif person["suspended"]:
            problems.append(errors.suspended(name, value))
        else:
            data.append(renderer.user(person))
    body = renderer.body(data)
    if problems:
        body["errors"] = problems
    return Answer(body)


def list_of(call: Call, name: str) -> list[str]:
    values = [value for value in call.query.get(name, "").split(",") if value]
    if not 1 <= len(values) <= 100:
        raise errors.invalid(
            {name: [call.query.get(name, "")]},
            f"The number of values in the `{name}` query parameter list [{len(values)}] is not between 1 and 100",
        )
    return values


def by_ids(call: Call) -> Answer:
    """GET /2/users?ids=."""
    fields.check_parameters(call.query, (*PARAMETERS, "ids"), expansions=fields.USER_EXPANSIONS)
    values = list_of(call, "ids")
    return several(call, "ids", values, [people.on(call.world, fields.path_id(value, "ids"), "x") for value in values])


def by_usernames(call: Call) -> Answer:
    """GET /2/users/by?usernames=."""
    fields.check_parameters(call.query, (*PARAMETERS, "usernames"), expansions=fields.USER_EXPANSIONS)
    values = list_of(call, "usernames")
    found = [
        call.world.store.one("SELECT * FROM people WHERE handle_key = ? AND network = 'x'", (check_username(value, "usernames"),))
        for value in values
    ]
    return several(call, "usernames", values, found)
