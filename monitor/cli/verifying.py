"""The command `verify`: whether a bundle, or our own database, is as it was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from monitor.cli.context import Context
from monitor.cli.wording import count
from monitor.errors import ReadError, StampError
from monitor.evidence import Verified, broken_chain, verify_bundle
from monitor.evidence.bundle import TIMESTAMP
from monitor.evidence.timestamp import check, read_roots


@dataclass
class _Found:
    """What does not hold, what is to be said, and the same for programs."""

    flaws: list[dict[str, str]]
    lines: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)


@click.command(epilog="Example: monitor verify acme.zip --seal 3f8a… --extends last-year.zip")
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--seal", metavar="HEX", help="The seal that was published when the bundle was written.")
@click.option(
    "--extends",
    type=click.Path(path_type=Path, dir_okay=False),
    help="An earlier bundle, with whose chains this one's must begin.",
)
@click.option(
    "--tsa-root",
    "root",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Certificates (PEM) of the time-stamping authorities that you trust. [default: evidence.tsa_root]",
)
@click.option("--store", "own", is_flag=True, help="Check the database's own captures and chains instead.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_obj
def verify(
    context: Context,
    bundle: Path | None,
    seal: str | None,
    extends: Path | None,
    root: Path | None,
    own: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Check a bundle, byte by byte and link by link.

    No database is needed, but for --store.

    \b
    Exit codes: 0 everything holds, 1 something does not, 2 it cannot be read.
    """  # noqa: D301 - click's mark is the character itself
    if (bundle is None) != own:
        raise click.UsageError("Name a bundle, or say --store.")
    if own:
        found = _verify_store(context)
    else:
        assert bundle is not None
        found = _verify_bundle(context, bundle, seal, extends, root)
    if as_json:
        context.print_json({"holds": not found.flaws, "flaws": found.flaws, **found.data})
        return 1 if found.flaws else 0
    for flaw in found.flaws:
        context.out.print(f"{flaw['place']}: {flaw['problem']}", style="red", markup=False, soft_wrap=True)
    for line in found.lines:
        context.out.print(line, markup=False, soft_wrap=True)
    if not found.flaws:
        context.out.print("Everything holds.", style="green")
    return 1 if found.flaws else 0


def _verify_bundle(context: Context, path: Path, seal: str | None, extends: Path | None, root: Path | None) -> _Found:
    verified = verify_bundle(path, seal=seal, extends=extends)
    found = _Found([{"place": flaw.place, "problem": flaw.problem} for flaw in verified.flaws])
    chains = [
        {"policy": verified.names.get(number, str(number)), "head": head.hash, "length": head.length}
        for number, head in verified.heads.items()
    ]
    found.data = {"seal": verified.seal, "chains": chains, "bodies": verified.bodies, "timestamp": None}
    links = sum(head.length for head in verified.heads.values())
    found.lines.append(
        f"Seal {verified.seal}: {count(len(chains), 'chain')}, {count(links, 'link')}, "
        f"{verified.bodies:,} bodies of captures."
    )
    if seal is None:
        found.lines.append("Without --seal a bundle that was made anew by somebody passes, too.")
    if verified.stamp is not None:
        _verify_stamp(context, verified, verified.stamp, root, found)
    return found


def _verify_stamp(context: Context, verified: Verified, stamp: bytes, root: Path | None, found: _Found) -> None:
    try:
        pem = root.read_bytes() if root else context.tsa_root
    except OSError as error:
        raise ReadError(f"{root} cannot be read: {error.strerror}") from error
    try:
        held = check(stamp, verified.chains, roots=read_roots(pem) if pem else ())
    except StampError as error:
        found.flaws.append({"place": TIMESTAMP, "problem": str(error)})
        return
    found.data["timestamp"] = {"made": held.made, "signer": held.signer, "trusted": held.trusted}
    says = "Stamped" if held.trusted else "It says: stamped"
    found.lines.append(f"{says} {held.made:%Y-%m-%d %H:%M:%S} UTC by {held.signer}.")
    if not held.trusted:
        found.lines.append("Its signature was not checked: name a certificate that you trust by --tsa-root.")


def _verify_store(context: Context) -> _Found:
    """Every stored body against its digest, every chain against what it speaks of."""
    store = context.app().store
    found = _Found([{"place": f"body {digest}", "problem": problem} for digest, problem in store.damaged_blobs()])
    policies = store.policies(retired=True)
    for policy in policies:
        for position, problem in broken_chain(store, policy.id):
            found.flaws.append({"place": f"the chain of {policy.spec.name}, link {position}", "problem": problem})
    found.data = {"policies": len(policies)}
    return found
