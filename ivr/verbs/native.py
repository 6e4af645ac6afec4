"""Verbs as JSON: `{"verbs": [{"verb": "say", "text": "Hello"}, ...]}`; members of a call that the server sets: "variables"."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ivr.limits import verbs_max
from ivr.verbs.verb import BadVerbs, Verb


class Answer(BaseModel):
    """A whole answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verbs: Annotated[tuple[Verb, ...], Field(max_length=verbs_max)] = ()
    variables: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")], str] = Field(
        default_factory=dict, max_length=50
    )


def read(body: str) -> Answer:
    """The answer. Raises BadVerbs."""
    try:
        return Answer.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadVerbs(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise BadVerbs("the answer is no JSON") from error
