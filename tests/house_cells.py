"""What is counted in the notebooks' code cells; `house.py` prints it and states the goals.

Lines are the non-blank ones of a cell as ruff formats it at 110 columns, whatever the file looks like. The cell
tagged `parameters` counts in no measure but the number of code lines. Code is judged by its syntax tree.

A statement is **presentation** when it builds or hands over what is shown, that is when it
- names a module or function of `helpers.pages` or `helpers.views` (but `start`), matplotlib or seaborn,
- calls page.add, show, table, say, answer or facts, a method of axes made in the notebook, or `.set_axis`,
- assigns to a name like `caption`, `title`, `alt`, `note`, `formats`, `claim` or `advice`, or
- has a text or an f-string of three words or more in it.
Its lines count as presentation, but for those on which a call of the analysis stands (a function of the packages
in ANALYSIS). The line of an `if`, `for` or `with` counts as presentation when all that is under it does.
"""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from helpers import paths

ANALYSIS = ("clv", "customers", "campaigns", "loyalty", "tables", "contracts", "inference")
SHOWN = ("helpers.pages", "helpers.views", "matplotlib", "seaborn")
HANDS_OVER = {"add", "show", "table", "say", "answer", "facts"}
SHOWS = HANDS_OVER | {"check"}
FIGURES = {"axes", "subplots", "figure", "subplot_mosaic"}
WORDING_NAME = re.compile(
    r"(.*_)?(caption|title|alt|note|format|claim|advice|label|headline|legend|sentence)s?(_.*)?"
)
WORD = re.compile(r"\W*[^\W\d_]{3,}(?:[-'’][^\W\d_]+)*\W*")
SENTENCE_WORDS, SEPARATING_WORDS = 3, 8


def has_words(text: str) -> bool:
    """Whether a text has three words of three letters or more; `won_at.share` is a name and no word."""
    return sum(bool(WORD.fullmatch(part)) for part in text.split()) >= SENTENCE_WORDS


def dotted(node: ast.expr) -> tuple[str, ...]:
    """The names of `a.b.c` or of what a call chain `a.b(x).c` starts with: ("a", "b", "c"); empty for others."""
    match node:
        case ast.Name(name):
            return (name,)
        case ast.Attribute(value, attr):
            return (*front, attr) if (front := dotted(value)) else ()
        case ast.Call(func) | ast.Subscript(func):
            return dotted(func)
    return ()


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def stored(tree: ast.AST) -> set[str]:
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def formatted_texts(tree: ast.AST) -> list[str]:
    """The constant parts of each f-string, with 0 for each value."""
    return [
        "".join(part.value if isinstance(part, ast.Constant) else "0" for part in node.values)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    ]


def texts(tree: ast.AST) -> list[str]:
    """The plain texts, without the parts of f-strings."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
    ]


def semicolons(source: str) -> int:
    """Semicolons between or after statements."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return sum(token.type == tokenize.OP and token.string == ";" for token in tokens)


def makes_figure(node: ast.AST) -> bool:
    return any((dotted(call.func) or ("",))[-1] in FIGURES for call in calls(node))


@dataclass
class Cell:
    """A code cell; `after_code` says that no prose of eight words stands between it and the code cell before."""

    source: str
    is_parameters: bool = False
    after_code: bool = False
    joined: int = 0  # semicolons of the cell as it was written

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def lines(self) -> int:
        return len(self.filled(1, len(self.source.splitlines())))

    def filled(self, first: int, last: int) -> set[int]:
        """The numbers of the lines from first to last that are not blank."""
        source = self.source.splitlines()
        return {number for number in range(first, last + 1) if source[number - 1].strip()}

    @property
    def is_imports(self) -> bool:
        return all(isinstance(node, ast.Import | ast.ImportFrom) for node in self.tree.body)

    @property
    def conditionals(self) -> int:
        """`if` (an `elif` is one more), ternaries and what stands in for them: `while`, each `case`,
        `condition and page.say(...)` and `{True: a, False: b}[condition]`.
        """
        count = 0
        for node in ast.walk(self.tree):
            match node:
                case ast.If() | ast.IfExp() | ast.While() | ast.match_case() | ast.Expr(ast.BoolOp()):
                    count += 1
                case ast.Subscript(ast.Dict() | ast.Tuple() | ast.List(), slice) if not isinstance(
                    slice, ast.Constant
                ):
                    count += 1
        return count

    @property
    def fstrings(self) -> list[str]:
        """The f-strings with words in what is constant in them."""
        return list(filter(has_words, formatted_texts(self.tree)))

    @property
    def sentences(self) -> list[str]:
        """The plain texts with words."""
        return list(filter(has_words, texts(self.tree)))


@dataclass
class Notebook:
    """The code cells of one notebook and what its names stand for."""

    name: str
    cells: list[Cell]
    imported: dict[str, str] = field(default_factory=dict)  # name in the notebook -> dotted origin
    axes: set[str] = field(default_factory=set)  # names of figures and their axes

    def __post_init__(self) -> None:
        for cell in self.cells:
            for node in ast.walk(cell.tree):
                match node:
                    case ast.Import(names):
                        self.imported |= {one.asname or one.name.split(".")[0]: one.name for one in names}
                    case ast.ImportFrom(module, names):
                        self.imported |= {one.asname or one.name: f"{module}.{one.name}" for one in names}
                    case ast.Assign(targets, value) if makes_figure(value):
                        self.axes |= set().union(*map(stored, targets))

    @property
    def own(self) -> list[Cell]:
        """The cells that are judged: all but the one of the parameters."""
        return [cell for cell in self.cells if not cell.is_parameters]

    @property
    def parameters(self) -> set[str]:
        return set().union(*(stored(cell.tree) for cell in self.cells if cell.is_parameters))

    # ---- presentation
    def _is_presenting(self, node: ast.stmt) -> bool:
        for one in ast.walk(node):
            match one:
                case ast.Name(name) if self._shown(name):
                    return True
                case ast.Call(ast.Attribute(ast.Name("page"), method)) if method in HANDS_OVER:
                    return True
                case ast.Call(ast.Attribute(_, "set_axis")):
                    return True
                case ast.Call(func) if set(dotted(func)[:1]) & self.axes:
                    return True
        if isinstance(node, ast.Assign) and any(map(WORDING_NAME.fullmatch, stored(node))):
            return True
        return any(map(has_words, texts(node) + formatted_texts(node)))

    def _shown(self, name: str) -> bool:
        origin = self.imported.get(name, "")
        return origin.startswith(SHOWN) and origin != "helpers.pages.page.start"

    def _is_analysis(self, call: ast.Call) -> bool:
        origin = self.imported.get((dotted(call.func) or ("",))[0], "")
        return origin.startswith("helpers.") and origin.split(".")[1] in ANALYSIS

    def _presented(self, cell: Cell, statements: Iterable[ast.stmt]) -> set[int]:
        found: set[int] = set()
        for node in statements:
            inner = [one for block in ("body", "orelse", "finalbody") for one in getattr(node, block, [])]
            if inner:
                within = self._presented(cell, inner)
                everything = set().union(*(cell.filled(one.lineno, one.end_lineno) for one in inner))
                whole = cell.filled(node.lineno, node.end_lineno)
                found |= whole if within == everything else within
            elif self._is_presenting(node):
                found |= cell.filled(node.lineno, node.end_lineno)
                for call in filter(self._is_analysis, calls(node)):
                    found -= set(range(call.lineno, call.end_lineno + 1))
        return found

    @property
    def presentation(self) -> int:
        """Lines that are presentation."""
        return sum(len(self._presented(cell, cell.tree.body)) for cell in self.own)

    @property
    def lines(self) -> int:
        """All code lines, the parameters too."""
        return sum(cell.lines for cell in self.cells)

    # ---- what a cell does
    def shows(self, cell: Cell) -> bool:
        """Whether the cell shows something: it hands over to the page, displays, or ends in a value."""
        for call in calls(cell.tree):
            match dotted(call.func):
                case ("page", method) if method in SHOWS:
                    return True
                case ("display",) | ("print",):
                    return True
        last = cell.tree.body[-1] if cell.tree.body else None
        match last:
            case ast.Expr(ast.Constant()):
                return False
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(root), _))):
                return root != "page" and root not in self.axes and not self._draws(root)
        return isinstance(last, ast.Expr)

    def _draws(self, name: str) -> bool:
        return self.imported.get(name, "").startswith(tuple(set(SHOWN) - {"helpers.views"}))

    @property
    def split_figures(self) -> int:
        """Figures begun in one cell and used in a later one."""
        begun: dict[str, int] = {}  # name -> the cell that made its figure
        split = set()
        for place, cell in enumerate(self.cells):
            names = [node for node in ast.walk(cell.tree) if isinstance(node, ast.Name)]
            made_here: set[str] = set()
            for node in sorted(names, key=lambda node: (node.lineno, node.col_offset)):
                if isinstance(node.ctx, ast.Store):
                    made_here.add(node.id)
                elif node.id in begun and node.id not in made_here:
                    split.add(begun[node.id])
            begun = {name: where for name, where in begun.items() if name not in made_here}
            for node in ast.walk(cell.tree):
                if isinstance(node, ast.Assign) and makes_figure(node.value):
                    begun |= dict.fromkeys(stored(node), place)
        return len(split)

    @property
    def named_analyses(self) -> int:
        """Calls of the analysis with a keyword or with a parameter of the notebook among their arguments."""
        known = self.parameters
        return sum(
            self._is_analysis(call)
            and (
                bool(call.keywords)
                or any(isinstance(n, ast.Name) and n.id in known for a in call.args for n in ast.walk(a))
            )
            for cell in self.own
            for call in calls(cell.tree)
        )


def _formatted(path: Path) -> dict:
    """A notebook as ruff formats it with the project's line length, whatever pyproject.toml or a comment says."""
    text = re.sub(r"#\s*(fmt|yapf)\s*:", "# ", path.read_text(encoding="utf-8"))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "110"]
    done = subprocess.run(
        [*command, "--stdin-filename", path.name, "-"], input=text, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def read(path: Path) -> Notebook:
    """Read the code cells of a notebook file."""
    cells, prose = [], SEPARATING_WORDS
    written = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for raw, cell in zip(written, _formatted(path)["cells"], strict=True):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            is_parameters = "parameters" in cell["metadata"].get("tags", [])
            joined = semicolons("".join(raw["source"]))
            cells.append(Cell(source, is_parameters, prose < SEPARATING_WORDS, joined))
            prose = 0
        else:
            prose += sum(any(map(str.isalpha, word)) for word in source.split())
    return Notebook(path.stem, cells)


def read_all() -> list[Notebook]:
    """Read the catalogue's notebooks in order; the template is none of them."""
    return [read(path) for path in sorted(paths.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))]
