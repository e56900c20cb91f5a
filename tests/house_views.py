"""What is counted in the views, which read results and do no work on them; `house.py` states the goals."""

import ast
import re
import sys

from house_source import imports, modules, part_of

# What a view may import beside the names of types: a page's own means, what is handed to it, and drawing.
VIEW_READS = (
    "helpers.pages",
    "helpers.views",
    "helpers.messages",
    "helpers.checks",
    "helpers.inference.intervals",
)
VIEW_LIBRARIES = {"numpy", "pandas", "matplotlib", "seaborn"} | sys.stdlib_module_names
# What a view may not call, as function or method: fits, draws, selections, groupings, reading of tables.
VIEW_CALLS = re.compile(
    r"fit|fit_.*|refit.*|sample|sample_.*|simulate.*|bootstrap.*|predict|predict_.*|forecast|query|eval|filter"
    r"|groupby|group_by|value_counts|agg|aggregate|merge|merge_asof|pivot|pivot_table|crosstab|resample|rolling|expanding"
    r"|cut|qcut|quantiles?|nanquantile|percentile|std|var|corr|polyfit|lstsq|minimize|execute|to_pandas|read_.*|open"
)
VERDICTS = {"PASS", "REVIEW", "FAIL"}
ORDERINGS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def views() -> dict[str, ast.Module]:
    return {name: tree for name, tree in modules().items() if part_of(name) == "views"}


def foreign_imports() -> list[str]:
    """What a view imports beyond its means; the name of a type (CamelCase) may come from anywhere in helpers."""
    found = []
    for name, tree in views().items():
        for module, taken, _ in imports(name, tree):
            known = module.split(".")[0] in VIEW_LIBRARIES or f"{module}.{taken}".startswith(VIEW_READS)
            is_type = module.startswith("helpers.") and re.fullmatch(r"[A-Z]\w*[a-z]\w*", taken)
            if not known and not is_type:
                found.append(f"{name}: {module}{':' * bool(taken)}{taken}")
    return found


def work() -> list[str]:
    """Fits, draws, selections and groupings in views, by name of what is called; rows chosen by a condition too."""
    found = []
    for name, tree in views().items():
        for node in ast.walk(tree):
            match node:
                case ast.Call(ast.Attribute(_, called) | ast.Name(called)) if VIEW_CALLS.fullmatch(called):
                    found.append(f"{name}:{node.lineno} {called}()")
                case ast.Subscript(_, index) if _selects(index):
                    found.append(f"{name}:{node.lineno} [{ast.unparse(index)}]")
    return found


def _selects(index: ast.expr) -> bool:
    """Whether an index is a condition on rows: `df[df["x"] > 0]`, `df.loc[~df["x"], ...]`."""
    match index:
        case ast.Compare() | ast.UnaryOp(ast.Invert()):
            return True
        case ast.BinOp(left, ast.BitAnd() | ast.BitOr(), right):
            return _selects(left) or _selects(right)
        case ast.Tuple(elts):
            return any(map(_selects, elts))
        case ast.Call(
            ast.Attribute(_, "isin" | "isna" | "notna" | "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "between")
        ):
            return True
    return False


def judgements() -> list[str]:
    """Verdicts that a view gives, and thresholds: `a > 0.05` with a number that is not whole, `(draws > 0).mean()`.

    A verdict that is compared with or looked up, as in `check.verdict == "PASS"` or `{"PASS": ...}`, is read.
    """
    found = []
    for name, tree in views().items():
        reads = set()
        for node in ast.walk(tree):
            match node:
                case ast.Compare(left, ops, comparators):
                    reads |= {id(leaf) for one in (left, *comparators) for leaf in ast.walk(one)}
                    if any(isinstance(op, ORDERINGS) for op in ops):
                        found += [
                            f"{name}:{node.lineno} {ast.unparse(node)}"
                            for one in (left, *comparators)
                            if isinstance(one, ast.Constant)
                            and isinstance(one.value, float)
                            and one.value % 1
                        ]
                case ast.Call(ast.Attribute(ast.Compare(), "mean" | "sum")):
                    found.append(f"{name}:{node.lineno} {ast.unparse(node)}")
                case ast.Dict(keys):
                    reads |= {id(key) for key in keys}
        found += [
            f"{name}:{node.lineno} {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and node.value in VERDICTS and id(node) not in reads
        ]
    return found
