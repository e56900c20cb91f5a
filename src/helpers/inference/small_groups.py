"""Small groups: whose numbers a table, a figure or a sentence keeps to itself, so that subtraction does not give them back.

A group of fewer than the study's `min_group_size` is not shown. Where the total of its groups is known, and some page has
nearly always said it, one group that is left out is the total less the others. So the next smallest groups of the same
total are left out with it, until what is left out together

- holds at least the minimum of people, in two groups or more: each may be of any size from none to the minimum;
- has, for every sum of money, at least `ROOM` of the largest one beside it: each may be so much more than it is, or less.

Whoever shows groups asks here once and hands the same answer to all that shows them (Hundepool and others, Statistical
Disclosure Control, Wiley 2012, chapter 4: primary and secondary suppression, and the audit by linear programs).

    withheld = small_groups.hidden(segments["customers"], segments[["monetary"]], minimum=smallest)
    segments[~withheld]

A `pages.records.Table` with a `group_size` does it by itself with its money columns; `tables.record` leaves the cells out,
so that its page, its workbook and its data files agree. Groups crossed with groups (who moved from where to where) are
`hidden_fields`; classes on one axis, as of a histogram, are `evened` with their neighbours until they hold enough people.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

ROOM = 0.2  # of a sum that is left out: what must lie between it and the least or the most it may be


def hidden(
    sizes: Any, sums: Any = None, *, minimum: int, within: Any = None, total: Any = None, also: Any = None
) -> "np.ndarray":
    """Return which groups are not to be shown, a bool per row.

    sizes: people per group, (n,) or (n, k) where several columns count them (customers and, among them, buyers); sums: the
    group's part of what adds up, such as money, (n, m). within: what a group's total is the total of, a label per row
    (default: one total of all rows). total: true for a row that is itself such a total; it is left out last. also: true
    for a row that is left out elsewhere.
    """
    import numpy as np  # noqa: PLC0415 (the runner starts without it)

    people = np.nan_to_num(_columns(sizes))
    money = np.zeros((len(people), 0)) if sums is None else np.abs(np.nan_to_num(_columns(sums)))
    is_total = np.zeros(len(people), bool) if total is None else np.asarray(total, bool)
    labels = (
        np.zeros(len(people))
        if within is None
        else np.unique(np.asarray(within, str), return_inverse=True)[1]
    )
    few = ((people > 0) & (people < minimum)).any(axis=1)
    few |= False if also is None else np.asarray(also, bool)
    for label in np.unique(labels[few]):
        part = labels == label
        rest = np.flatnonzero(part & ~few & (people > 0).all(axis=1))
        waiting = list(rest[np.lexsort((people[rest, 0], is_total[rest]))])
        while waiting and not _covered(
            people[part & few & ~is_total], money[part & few & ~is_total], minimum
        ):
            few[waiting.pop(0)] = True
    return few


def hidden_fields(counts: Any, minimum: int) -> "np.ndarray":
    """Return which fields of a cross table of people are not to be shown, the sums of its rows and columns being known.

    counts: whole numbers, (rows, columns). Fields below the minimum are left out, empty ones with them, and as many more as
    leave each of them anything from 0 to the minimum: proved by linear programs over the sums. Sums of rows and columns
    that are themselves of few people are taken as left out by `hidden`.
    """
    import numpy as np  # noqa: PLC0415

    people = np.asarray(counts, dtype=float)
    out = people < minimum
    few = out & (people > 0)
    if not few.any():
        return out
    margins = [~hidden(people.sum(axis=axis), minimum=minimum) for axis in (1, 0)]
    while (open_field := _told_by_sums(people, out, few, margins, minimum)) is not None:
        shown = np.argwhere(~out)
        if not len(shown):
            break  # nothing is shown but the sums
        beside = shown[(shown == open_field).any(axis=1)]
        out[tuple(min(beside if len(beside) else shown, key=lambda one: people[tuple(one)]))] = True
    return out


def joined(sizes: Any, minimum: int) -> "np.ndarray":
    """Return the first class of each group of neighbouring classes that holds the minimum of people: (groups,) places.

    sizes: people per class, in the order of the axis; from the left, what is left over at the end goes to the last group.
    Classes of nobody may stand alone.
    """
    import numpy as np  # noqa: PLC0415

    starts, held = ([0] if len(sizes) else []), 0.0
    counts = np.asarray(sizes, dtype=float)
    for place, size in enumerate(counts):
        left = counts[place:].sum()
        if place and (held == 0 or held >= minimum) and (left == 0 or left >= minimum):
            starts.append(place)
            held = 0.0
        held += size
    return np.array(starts)


def evened(sizes: Any, minimum: int) -> "np.ndarray":
    """Return a histogram's heights; classes of few people have the mean of the neighbours they are `joined` with."""
    import numpy as np  # noqa: PLC0415

    counts = np.asarray(sizes, dtype=float)
    starts = joined(counts, minimum)
    widths = np.diff([*starts, len(counts)])
    return np.repeat(np.add.reduceat(counts, starts) / widths, widths)


def _columns(values: Any) -> "np.ndarray":
    import numpy as np  # noqa: PLC0415

    table = np.asarray(values, dtype=float)
    return table[:, None] if table.ndim == 1 else table


def _covered(people: "np.ndarray", money: "np.ndarray", minimum: int) -> bool:
    """Whether groups that are left out cover each other: people and sums of each, a row per group."""
    if len(people) < 2 or (people.sum(axis=0) < minimum).any():
        return len(people) == 0
    return bool((money.sum(axis=0) >= (1 + ROOM) * money.max(axis=0)).all())


def _told_by_sums(
    people: "np.ndarray", out: "np.ndarray", few: "np.ndarray", known: list["np.ndarray"], minimum: int
) -> tuple[int, int] | None:
    """A field of `few` whose number the sums bound to less than 0 to the minimum; None where there is none.

    Fields that have that range are taken out of `few`.
    """
    import numpy as np  # noqa: PLC0415
    from scipy.optimize import linprog  # noqa: PLC0415

    fields = np.argwhere(out)
    left = np.where(out, people, 0)
    rows = [fields[:, 0] == row for row in np.flatnonzero(known[0])]
    columns = [fields[:, 1] == column for column in np.flatnonzero(known[1])]
    sums = [*left.sum(axis=1)[known[0]], *left.sum(axis=0)[known[1]], left.sum()]
    equations = np.array([*rows, *columns, np.ones(len(fields), bool)], dtype=float)
    for place, (row, column) in enumerate(fields):
        if not few[row, column]:
            continue
        goal = np.eye(1, len(fields), place).ravel()
        least = linprog(goal, A_eq=equations, b_eq=sums, method="highs")
        most = linprog(-goal, A_eq=equations, b_eq=sums, method="highs")
        if least.fun > 1e-6 or -most.fun < minimum - 1e-6:
            return int(row), int(column)
        few[row, column] = False  # and stays so: what else is left out leaves it more room
    return None
