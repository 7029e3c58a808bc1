"""EC2: DescribeInstances, of instances that were planted through the control endpoint.

Sources: botocore's EC2 model (no page with identifiers; "Recently terminated instances might appear"); EC2 API
Reference, "Query requests" (pages) and "Filter" (200 values); for the texts aws/aws-sdk-java#911 and boto/boto3#625
(unknown identifiers), oliverlloyd/jmeter-ec2#36 (malformed ones), gjbae1212/gossm#47 (too many values),
aws/aws-sdk-ruby#2575 (small pages), yuuki/grabeni#7 (pages of named instances). Not verified: the texts for an unknown
token and for big pages; that the reason of a refusal is told in full.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.aws import ec2_xml
from sandbox.aws.answers import XML, Answer
from sandbox.aws.authorization import decide
from sandbox.aws.callers import Caller
from sandbox.aws.calls import Call
from sandbox.aws.ec2_instances import INSTANCE_ID, Shown
from sandbox.aws.errors import Refused, not_implemented
from sandbox.aws.world import World

MOST_VALUES = 200
SMALLEST_PAGE, LARGEST_PAGE = 5, 1000
KNOWN = ("InstanceIds", "Filters", "MaxResults", "NextToken")
FILTERS: Mapping[str, Callable[[Shown], str]] = {
    "instance-id": lambda instance: str(instance["InstanceId"]),
    "instance-state-name": lambda instance: str(instance["State"]["Name"]),
}


def answer(world: World, call: Call, caller: Caller) -> Answer:
    """What EC2 answers."""
    unknown = [name for name in call.parameters if name not in KNOWN]
    if call.operation != "DescribeInstances" or unknown:
        raise not_implemented(f"ec2:{call.operation} {' '.join(unknown)}".rstrip())
    # The call has no resource types (Service Authorization Reference): only rights on everything allow it.
    if denied := decide(world, call.arrived, caller, (call.action, "*")):
        text = f"User: {caller.principal.arn} is not authorized to perform: {call.action} {denied.reason(call.action)}"
        raise Refused("UnauthorizedOperation", f"You are not authorized to perform this operation. {text}", 403)
    found = _filtered(_named(world, call, caller), call.parameters.get("Filters", []))
    shown, more = _page(found, call.parameters)
    reservations = [_reservation(caller.account, instance) for instance in shown]
    result = {"Reservations": reservations, **more}
    body = ec2_xml.document(call.operation, call.model.output_shape, result, str(uuid.uuid4()))
    return Answer(200, {"Content-Type": XML}, body)


def _named(world: World, call: Call, caller: Caller) -> list[Shown]:
    """The instances that the call names; all, if it names none."""
    present = world.instances.listed(caller.account, call.arrived.region)
    wanted: Sequence[str] = call.parameters.get("InstanceIds", [])
    if not wanted:
        return present
    if "MaxResults" in call.parameters:
        text = "The parameter instancesSet cannot be used with the parameter maxResults"
        raise Refused("InvalidParameterCombination", text)
    for each in wanted:
        if not INSTANCE_ID.fullmatch(each):
            raise Refused("InvalidInstanceID.Malformed", f'Invalid id: "{each}"')
    by_id = {instance["InstanceId"]: instance for instance in present}
    missing = [each for each in wanted if each not in by_id]
    if missing:
        subject = "IDs '{}' do" if len(missing) > 1 else "ID '{}' does"
        text = f"The instance {subject.format(', '.join(missing))} not exist"
        raise Refused("InvalidInstanceID.NotFound", text)
    return [by_id[each] for each in dict.fromkeys(wanted)]


def _filtered(instances: list[Shown], filters: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """Those that have one of the values of every filter; a value that no instance has finds nothing."""
    if sum(len(each.get("Values", [])) for each in filters) > MOST_VALUES:
        text = f"The maximum number of filter values specified on a single call is {MOST_VALUES}"
        raise Refused("FilterLimitExceeded", text)
    for each in filters:
        values = set(each.get("Values", []))
        if each["Name"] not in FILTERS or any("*" in value or "?" in value for value in values):
            raise not_implemented(f"the filter {each['Name']} with {sorted(values)}")
        value_of = FILTERS[each["Name"]]
        instances = [instance for instance in instances if value_of(instance) in values]
    return instances


def _page(instances: list[Shown], parameters: Mapping[str, Any]) -> tuple[list[Shown], dict[str, str]]:
    """The asked part of the instances, and where the next one begins; at most a thousand at a time."""
    size = min(parameters.get("MaxResults", len(instances)), LARGEST_PAGE)
    if "MaxResults" in parameters and size < SMALLEST_PAGE:
        text = f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value greater than {SMALLEST_PAGE}."
        raise Refused("InvalidParameterValue", text)
    given = parameters.get("NextToken", "0")
    if not given.isdecimal():
        raise Refused("InvalidParameterValue", "Unable to parse pagination token")
    end = int(given) + size
    more = {"NextToken": str(end)} if end < len(instances) else {}
    return instances[int(given) : end], more


def _reservation(account: str, instance: Shown) -> dict[str, Any]:
    reservation = f"r-{instance['InstanceId'].removeprefix('i-')}"
    return {"ReservationId": reservation, "OwnerId": account, "Groups": [], "Instances": [instance]}
