"""How moto reads requests by AWS's models and answers them; see `moto_internals.py`."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from typing import Any

from botocore.model import Shape
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.iam.responses import IamResponse
from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from werkzeug.exceptions import NotFound
from werkzeug.test import run_wsgi_app

# What others need the types of comes from here too.
__all__ = ["MotoRequestHandler", "OperationModel"]

ACCOUNT_HEADER = "HTTP_X_MOTO_ACCOUNT_ID"
_apps: dict[str, Any] = {}
_apps_lock = threading.Lock()


def app(service: str) -> Any:
    """moto's WSGI application for one service."""
    with _apps_lock:
        if service not in _apps:
            _apps[service] = create_backend_app(service)  # type: ignore[arg-type]  # moto wants a literal
        return _apps[service]


def answer(service: str, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """What moto answers: status, headers and body."""
    parts, status, headers = run_wsgi_app(app(service), environ, buffered=True)
    return int(status.split()[0]), list(headers), b"".join(parts)


def operation(service: str, environ: dict[str, Any]) -> tuple[OperationModel, dict[str, Any], Request] | None:
    """AWS's name for the request with the parameters of its path, or None if the model has no such call."""
    request = Request(dict(environ))
    try:
        model, path_parameters = get_service_router(service).match(request)
    except NotFound:
        return None
    return model, path_parameters, request


def parameters(model: OperationModel, path_parameters: dict[str, Any], request: Request) -> dict[str, Any]:
    """The parameters of a call as botocore names them."""
    parser = PROTOCOL_PARSERS[str(model.service_model.protocol)](model)
    parsed: dict[str, Any] = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": path_parameters,
        }
    )
    return parsed


def serialized(service: str, name: str, result: Mapping[str, Any]) -> bytes:
    """The body of a successful answer."""
    model = get_service_model(service)
    serializer = get_serializer_class(service, str(model.protocol))(operation_model=model.operation_model(name))
    body: str | bytes = serializer.serialize(result)["body"]
    return body.encode() if isinstance(body, str) else body


@functools.cache
def shape(service: str, name: str) -> Shape:
    """A shape of AWS's model."""
    return get_service_model(service).shape_for(name)


@functools.cache
def implements_iam(name: str) -> bool:
    """Whether moto has this call of IAM."""
    snake = "".join(f"_{each.lower()}" if each.isupper() else each for each in name).lstrip("_")
    return hasattr(IamResponse, snake.replace("open_i_d_", "open_id_").replace("client_i_d_", "client_id_"))
