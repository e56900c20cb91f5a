"""Run one notebook through papermill in a kernel of its own, and say truthfully how it ended.

Papermill alone takes a notebook whose kernel was killed for completed, warns of an unknown parameter and goes
on, lets sys.exit(0) pass, and starts whichever Python a kernel of the user's points to.
"""

import logging
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any, cast

import papermill
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

from helpers import paths
from helpers.errors import CannotAnswer, StudyError
from helpers.files import OWNER_ONLY, read_json
from helpers.inference import progress
from helpers.paths import folder_of_its_own, socket_folder
from helpers.runs.kernels import Kernels
from helpers.runs.warm import Warm
from helpers.study.catalogue import read_notebook

ENGINE = "customer-value"
KERNEL = (sys.executable, "-m", "helpers.runs.kernel")  # what starts one that is not warm
REASON_LENGTH = 400


@dataclass(frozen=True)
class Outcome:
    """How a notebook ended: `reason` is empty when it ended well; cannot_answer: it says that its data hold no answer."""

    reason: str
    seconds: float
    cannot_answer: bool = False


def execute(
    source: Path,
    target: Path,
    page: Path,
    parameters: dict,
    *,
    kernels: Kernels,
    environment: dict[str, str],
    on_cell: Callable[[int, int], None] = lambda cell, cells: None,
    on_progress: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Execute notebook `source` with `parameters` into `target`; its last cell writes `page` (page.json).

    environment: the variables of the kernel. `on_cell(n, m)` is called when cell n of m starts, `on_progress(text)` when
    a fit says where it is. Never raises for what a notebook does.
    """
    papermill_engines.register(ENGINE, _ProjectEngine)
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    began = time.monotonic()
    try:
        target.touch(mode=OWNER_ONLY)  # papermill writes into it as it is
        target.chmod(OWNER_ONLY)
        papermill.execute_notebook(
            _escaped(source),
            _escaped(target),
            parameters=parameters,
            engine_name=ENGINE,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            kernels=kernels,
            environment=environment,
            on_cell=on_cell,
            on_progress=on_progress,
        )
        reason = "" if not kernels.stopping else "stopped"
    except papermill.PapermillExecutionError as error:
        if error.ename == CannotAnswer.__name__:
            reason = _one_line(error.evalue).rstrip(".")
            return Outcome(reason, time.monotonic() - began, cannot_answer=True)
        reason = f"cell {error.cell_index + 1}: {_one_line(f'{error.ename}: {error.evalue}')}"
    except DeadKernelError as error:
        reason = "stopped" if kernels.stopping else str(error)
    except Exception as error:  # whatever a kernel, its files or its messages do
        reason = (
            "stopped"
            if kernels.stopping
            else _not_started(error) or _one_line(f"{type(error).__name__}: {error}")
        )
    try:
        reason = reason or why_unfinished(target, page)
    except StudyError as error:  # the executed notebook is not whole
        reason = _one_line(str(error))
    return Outcome(reason, time.monotonic() - began)


def why_unfinished(executed: Path, page: Path) -> str:
    """Why an executed notebook does not count: a cell failed or did not run, or no finished page.json."""
    for number, cell in enumerate(read_notebook(executed)["cells"], start=1):
        if cell["cell_type"] != "code" or not cell["source"].strip():
            continue
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                return _one_line(f"cell {number}: {output['ename']}: {output['evalue']}")
        if cell.get("execution_count") is None:
            return f"cell {number} did not run"
    record = read_json(page)
    if not isinstance(record, dict) or record.get("finished") is not True:
        return "its last cell did not run page.finish()"
    return ""


class _Provisioner(LocalProvisioner):
    """Starts a kernel warm where the run has what it can be forked from."""

    warm: Warm | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Launch it."""
        found = self.warm and self.warm.start(cmd[len(KERNEL) :], kwargs["cwd"], kwargs["env"])
        if not found:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid, self.cwd = cast(Any, found), found.pid, found.pid, kwargs["cwd"]
        return self.connection_info


class _ProjectKernel(AsyncKernelManager):
    """A kernel of the interpreter that runs this, whatever kernels the user has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The command that starts the kernel."""
        command = [*KERNEL, "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


class _Client(PapermillNotebookClient):
    """Papermill's client, with the kernel noted while it runs and seen alive at the end."""

    kernels: Kernels
    environment: dict[str, str]
    on_progress: Callable[[str], None]

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Pass on where a fit is, which no notebook keeps; all else is the notebook's."""
        text = msg["content"].get("data", {}).get(progress.MIME)
        if text is None:
            return super().process_message(msg, cell, cell_index)
        self.on_progress(text)
        return None

    def start_new_kernel(self, **kwargs: Any) -> None:
        super().start_new_kernel(cwd=str(paths.ROOT), env=self.environment, **kwargs)
        self.kernels.add(_process_of(self.km).pid)

    def execute(self, **kwargs: Any) -> NotebookNode:
        self.reset_execution_trackers()
        with folder_of_its_own(socket_folder()) as folder:
            # Sockets in a folder of the user's own: nobody else can listen, and two kernels never meet.
            self.km = _ProjectKernel(
                transport="ipc", ip=f"{folder}/s", connection_file=f"{folder}/kernel.json"
            )
            self.km.provisioner = _Provisioner(kernel_spec=self.km.kernel_spec, parent=self.km)
            self.km.provisioner.warm = self.kernels.warm
            process: Popen | None = None
            try:
                with self.setup_kernel(**kwargs):
                    process = _process_of(self.km)
                    self.papermill_execute_cells()
                    if process.poll() is not None:
                        raise DeadKernelError("Kernel died")
            except DeadKernelError as error:
                code = process.poll() if process is not None else None
                why = self.kernels.why_ended(process.pid) if process is not None else ""
                raise DeadKernelError(_obituary(code, self.nb_man.cell_number, why)) from error
            finally:
                if process is not None:
                    self.kernels.remove(process.pid)
        return self.nb


def _process_of(manager: AsyncKernelManager) -> Popen:
    """The process of a kernel on this machine."""
    return cast(Popen, cast(LocalProvisioner, manager.provisioner).process)


def _obituary(code: int | None, cell: int, why: str) -> str:
    if why:
        return f"the kernel {why}, in cell {cell}"
    how = f"killed by {signal.Signals(-code).name}" if code and code < 0 else f"exit code {code}"
    hint = "; was there enough memory?" if code == -signal.SIGKILL else ""
    return f"the kernel died in cell {cell}, {how}{hint}"


class _Manager(NotebookExecutionManager):
    """Papermill's record of what ran, which here never calls a cell completed that did not run."""

    cell_number = 0
    on_cell: Callable[[int, int], None]

    def cell_start(self, cell: NotebookNode, cell_index: int = 0, **kwargs: Any) -> None:
        self.cell_number = cell_index + 1
        self.on_cell(self.cell_number, len(self.nb.cells))
        super().cell_start(cell, cell_index, **kwargs)

    def cell_complete(self, cell: NotebookNode, cell_index: int = 0, **kwargs: Any) -> None:
        if sys.exception() is not None:  # papermill calls this on the way out of a dead kernel, too
            cell.metadata.papermill["status"] = self.FAILED
        super().cell_complete(cell, cell_index, **kwargs)

    def notebook_complete(self, **kwargs: Any) -> None:
        pending = [cell for cell in self.nb.cells if cell.metadata.papermill["status"] == self.PENDING]
        super().notebook_complete(**kwargs)
        for cell in pending:
            cell.metadata.papermill["status"] = self.PENDING
        self.save()


class _ProjectEngine(Engine):
    """Papermill's engine for the project's kernels."""

    @classmethod
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str,
        output_path: str | None = None,
        *,
        kernels: Kernels,
        environment: dict[str, str],
        on_cell: Callable[[int, int], None],
        on_progress: Callable[[str], None],
        **kwargs: Any,
    ) -> NotebookNode:
        manager = _Manager(nb, output_path, progress_bar=False)
        manager.on_cell = on_cell
        manager.notebook_start()
        try:
            client = _Client(manager, force_raise_errors=True, startup_timeout=120)
            client.kernels, client.environment, client.on_progress = kernels, environment, on_progress
            client.execute()
        finally:
            manager.notebook_complete()
        return manager.nb


def _escaped(path: Path) -> str:
    """Papermill formats paths with parameters: braces in a folder's name are doubled."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _not_started(error: Exception) -> str:
    """What to say of a kernel that nbclient could not start; empty for any other error."""
    if not isinstance(error, RuntimeError) or not str(error).startswith(
        ("Kernel died", "Kernel didn't respond")
    ):
        return ""
    return (
        f"its kernel did not start: what it said stands above; is there memory, room in {tempfile.gettempdir()}, and may "
        "enough files be open (`ulimit -n`)"
    )


def _one_line(text: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= REASON_LENGTH else plain[: REASON_LENGTH - 3] + "..."
