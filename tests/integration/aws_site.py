"""An account of the AWS stand-in, the modules run in it, and what they called."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws import StandIn
from tests.integration.modules import run_module

READS = ("Get", "List", "Describe", "Head", "AssumeRole")
ISSUER = "https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"

Result = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """One account; its clients are the independent readers that results are held against."""

    stand_in: StandIn
    account: str
    region: str = "us-east-1"

    def wiring(self, cluster: str = "one") -> str:
        return f"arn:aws:eks:{self.region}:{self.account}:cluster/{cluster}/epinio"

    def client(self, service: str) -> Any:
        return self.stand_in.client(service, self.account, self.region)

    def run(self, name: str, args: Mapping[str, Any], check: bool = False) -> Result:
        """The result of a module that the account's administrator runs for this account's wiring."""
        keys = self.stand_in.credentials(self.account)
        env = {key.upper(): value for key, value in keys.items()}
        env |= {"AWS_ENDPOINT_URL": self.stand_in.url, "AWS_REGION": self.region}
        return run_module(name, {"wiring": self.wiring(), **args}, env, check)

    def actions(self) -> list[str]:
        """What was called in this account so far, such as `iam:GetRole`."""
        return [entry["action"] for entry in self.stand_in.log.entries() if entry["account"] == self.account]

    def writes(self) -> list[str]:
        return [action for action in self.actions() if not action.split(":")[1].startswith(READS)]

    def refused(self, name: str, args: Mapping[str, Any]) -> str:
        """The message of a module that refuses, in check mode and in a run alike, and writes nothing."""
        before = self.writes()
        results = [self.run(name, args, check) for check in (True, False)]
        assert [result.get("failed") for result in results] == [True, True], results
        assert results[0]["msg"] == results[1]["msg"]
        assert self.writes() == before
        return str(results[1]["msg"])

    def applied(self, name: str, args: Mapping[str, Any]) -> Result:
        """The result of a run: check mode tells it beforehand and writes nothing."""
        before = self.writes()
        checked = self.run(name, args, check=True)
        assert self.writes() == before
        made = self.run(name, args)
        assert not made.get("failed"), made
        assert checked == {**made, "invocation": checked["invocation"]}
        return made

    def unchanged(self, name: str, args: Mapping[str, Any]) -> list[str]:
        """The calls of a run that finds everything as wanted."""
        before = self.actions()
        again = self.run(name, args)
        assert (again["changed"], again["changes"]) == (False, []), again
        assert again["diff"]["before"] == again["diff"]["after"]
        return self.actions()[len(before) :]

    def follow(self, advice: str) -> None:
        """Do as an advice says that ends in commands of `aws iam`: each is one call."""
        for command in advice.partition(": ")[2].split(" && "):
            program, service, call, *options = command.split()
            assert (program, service) == ("aws", "iam"), advice
            names = ["".join(map(str.capitalize, option.split("-"))) for option in options[::2]]
            arguments = dict(zip(names, options[1::2], strict=True))
            getattr(self.client("iam"), call.replace("-", "_"))(**arguments)
