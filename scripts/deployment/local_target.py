"""What a deploy to the local engine does besides: it leaves out, and sets, what the engine cannot do by itself."""

from deployment.context import Context
from deployment.errors import RolledBack
from local_engine import fixups
from local_engine.transform import ROOT, CannotLocalise, localise
from stacks.assembly import Assembly, template_key
from stacks.names import STAGE


def adapt(context: Context, assembly: Assembly) -> Assembly:
    """The assembly without what the engine refuses; says what that is. Raises RolledBack when that cannot be."""
    try:
        texts, removals = localise({ROOT: assembly.root, **assembly.layers})
    except CannotLocalise as error:
        raise RolledBack(str(error), "nothing was deployed") from error
    if removals:
        context.tell("left out, as the local engine refuses it:")
    for removal in removals:
        context.tell(f"  {removal}")
    root = texts[ROOT]
    for name, text in assembly.layers.items():  # an object's key holds its content's hash
        root = root.replace(template_key(name, text), template_key(name, texts[name]))
    return Assembly(root, {name: texts[name] for name in assembly.layers})


def fix_up(context: Context) -> None:
    """Set through the API what the engine accepts in a template and drops; says what that is."""
    try:
        lines = fixups.apply(context.names.stack, context.target.client)
    except fixups.CannotFix as error:
        raise RolledBack(str(error), "the stack stands, but lacks that property") from error
    if lines:
        context.tell("accepted by the local engine, but dropped:")
    for line in lines:
        context.tell(f"  {line}")


def api_url(context: Context, outputs: dict[str, str]) -> str:
    """Where the engine serves the API on this machine; the output ApiEndpoint is what AWS would serve."""
    return f"{context.target.endpoint_url}/restapis/{outputs['ApiId']}/{STAGE}/_user_request_"
