"""One virtual environment for every tox environment (`runner = shared`).

tox ties an environment folder to one environment name and recreates it when another name uses it. All of ours
want the same packages, so the note that tox keeps of what it installed goes into a folder of its own for each
name; the second environment then finds everything installed.
"""

from tox.plugin import impl
from tox.tox_env.info import Info
from tox.tox_env.register import ToxEnvRegister
from tox_uv._run import UvVenvRunner


class SharedEnvironment(UvVenvRunner):
    @staticmethod
    def id() -> str:
        return "shared"

    @property
    def cache(self) -> Info:
        notes = self.env_dir / ".tox-environments" / str(self.conf.name)
        notes.mkdir(parents=True, exist_ok=True)
        return Info(notes)


@impl
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    register.add_run_env(SharedEnvironment)
