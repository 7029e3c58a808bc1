"""The control endpoint `/_ctl/`: accounts, clusters, delays; what no AWS call could do. Bodies and answers are JSON.

`GET health`, `GET log`, `POST accounts`, `POST clusters`, `DELETE clusters/<account>/<region>/<name>`,
`POST pod-identity-associations`, `GET pod-identity-associations/<account>/<region>/<cluster>` (accounts whose new pods
get one), `POST networks`, `POST delays`, `POST late-tokens`, `POST reserved-tags`; those about nodes are described in
`control_nodes`.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

from sandbox.aws import answers, control_nodes, moto_internals
from sandbox.aws.answers import Answer
from sandbox.aws.consistency import Delays
from sandbox.aws.control_bodies import Body, cluster, parsed, place, taken
from sandbox.aws.eks_objects import ClusterKey, issuer_of
from sandbox.aws.errors import Refused
from sandbox.aws.wire_log import WireLog
from sandbox.aws.world import World

PREFIX = "/_ctl/"
ADMINISTRATOR = "operator"
EVERYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
CLUSTER = ("account", "region", "name")
PLANTED = {
    "issuer", "jwks", "certificate_authority", "endpoint", "version", "authentication_mode", "status", "tags",
    "role_arn", "compute_config",
}  # fmt: skip
ASSOCIATION = {"namespace": "namespace", "service_account": "serviceAccount", "role_arn": "roleArn"}
NETWORK = {"source_ip": "aws:SourceIp", "source_vpc": "aws:SourceVpc", "source_vpce": "aws:SourceVpce"}


def answer(world: World, log: WireLog, method: str, path: str, body: bytes) -> Answer:
    """Answers one control request; what is wrong with it comes back as 400 with the reason."""
    name, _, rest = path.removeprefix(PREFIX).partition("/")
    if (method, name) == ("GET", "health"):
        return answers.as_json({"status": "ready"})
    if (method, name) == ("GET", "log"):
        return answers.as_json({"entries": log.entries()})
    if (method, name) in PLACES:
        return PLACES[method, name](world, rest)
    handler = POSTS.get(name) if method == "POST" else None
    if handler is None:
        raise Refused("UnknownControl", f"No such control: {method} {path}", 404)
    return answers.as_json(handler(world, parsed(body)))


def _account(world: World, body: Body) -> Body:
    """An account's administrator. Asked again, the same user and key."""
    account = taken(body, ("account",), {"partition"})["account"]
    partition = body.get("partition", "aws")
    with world.lock(account):
        backend = moto_internals.iam(account, partition)
        key_id, secret = moto_internals.create_administrator(backend, ADMINISTRATOR, EVERYTHING)
        world.record_entity(account, partition, "user", ADMINISTRATOR, at_once=True)
    return {"access_key_id": key_id, "secret_access_key": secret}


def _cluster(world: World, body: Body) -> Body:
    """Made or changed; with another issuer it is another cluster, and nothing of the one before is left."""
    taken(body, CLUSTER, PLANTED)
    key = ClusterKey(*(body[name] for name in CLUSTER))
    planted = {name: body[name] for name in PLANTED & body.keys() if body[name] is not None}
    former = world.clusters.find(key)
    if former and issuer_of(former) != planted.get("issuer"):
        _remove(world, key)
    return world.clusters.put(key, planted, world.clock())


def _delete_cluster(world: World, rest: str) -> Answer:
    if not _remove(world, _key(rest)):
        raise Refused("UnknownControl", f"No such cluster: {rest}", 404)
    return answers.as_json({})


def _remove(world: World, key: ClusterKey) -> bool:
    world.associations.forget(key)
    world.node_objects.forget(key)
    world.instances.forget(key)
    return world.clusters.delete(key)


def _key(rest: str) -> ClusterKey:
    return ClusterKey(*place(rest, CLUSTER))


def _association(world: World, body: Body) -> Body:
    """As if it had always been there; the role may be any."""
    taken(body, ("account", "region", "cluster", *ASSOCIATION))
    key = cluster(world, body)
    wanted = {shown: body[name] for name, shown in ASSOCIATION.items()}
    return world.associations.create(key, wanted, world.clock(), at_once=True)


def _identities(world: World, rest: str) -> Answer:
    found = world.associations.identities(_key(rest))
    return answers.as_json({"accounts": [f"{namespace}/{name}" for namespace, name in found]})


def _network(world: World, body: Body) -> Body:
    """Condition keys of the network that an account's calls come from, until the next such request."""
    taken(body, ("account",), set(NETWORK))
    world.networks[body["account"]] = {key: body[name] for name, key in NETWORK.items() if body.get(name)}
    return dict(world.networks[body["account"]])


def _delays(world: World, body: Body) -> Body:
    unknown = body.keys() - {"visible_after", "effective_after"}
    if unknown or not all(isinstance(value, int | float) and value >= 0 for value in body.values()):
        raise Refused("BadControl", "visible_after and effective_after are wanted, in seconds")
    current = world.consistency.delays
    world.consistency.delays = Delays(
        body.get("visible_after", current.visible_after), body.get("effective_after", current.effective_after)
    )
    return vars(world.consistency.delays)


def _late_tokens(world: World, body: Body) -> Body:
    """Web identity tokens are as if they came that many seconds later, from a node that does not renew them."""
    if body.keys() != {"seconds"} or not isinstance(body["seconds"], int | float):
        raise Refused("BadControl", "seconds are wanted")
    world.tokens_late = body["seconds"]
    return body


def _reserved_tags(world: World, body: Body) -> Body:
    """Tags such as CloudFormation's, which only AWS itself sets, added to a role or a policy."""
    taken(body, ("account", "arn", "tags"), {"partition"})
    account, arn = body["account"], body["arn"]
    backend = moto_internals.iam(account, body.get("partition", "aws"))
    with world.lock(account):
        found = moto_internals.entity_named(backend, arn)
        if found and found.kind == "role":
            moto_internals.set_role_tags(backend, found.name, [*found.tags, *body["tags"].items()])
        elif moto_internals.policy(backend, arn):
            present = moto_internals.policy_tags(backend, arn)
            moto_internals.set_policy_tags(backend, arn, [*present, *body["tags"].items()])
        else:
            raise Refused("BadControl", f"No such role or policy: {arn}")
    return {}


POSTS: dict[str, Callable[[World, Body], Body]] = {
    "accounts": _account,
    "clusters": _cluster,
    "pod-identity-associations": _association,
    "networks": _network,
    "delays": _delays,
    "late-tokens": _late_tokens,
    "reserved-tags": _reserved_tags,
    "nodes": control_nodes.plant,
    "instance-credentials": control_nodes.credentials,
}
PLACES: dict[tuple[str, str], Callable[[World, str], Answer]] = {
    ("DELETE", "clusters"): _delete_cluster,
    ("GET", "pod-identity-associations"): _identities,
    ("DELETE", "nodes"): control_nodes.delete,
    ("GET", "instances"): control_nodes.instance,
}
