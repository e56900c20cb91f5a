"""Which arm of a campaign or test was left alone, by its name or a flag, and who was reached by it."""

import re

from helpers.commands.drafting import shape_words, words, yes_or_no
from helpers.contracts.checked import sql_name, sql_text

LEFT = "control"  # the name of the arm that a flag of the control makes
CONTROL = re.compile(
    r"control|ctrl|ctl$|(no|non|nein|không|ไม่)([ _-]|$)|none|hold[ _-]?out|placebo|psa|base(line)?|original|old"
    r"|standard|usual|regular|false|0(\.0+)?$|kontroll",
    re.IGNORECASE,
)
REACHED = re.compile(
    r"(^|[_ .])(mailed|contacted|reached|received|delivered|exposed|treated)$", re.IGNORECASE
)


def control_of(arms: list[str]) -> str:
    """The arm that was left alone, by its name, or by a no where arms say yes and no; "" where none seems to be."""
    if yes_or_no.is_flag(arms):
        return yes_or_no.no(arms)
    return min((arm for arm in set(arms) if CONTROL.match(arm)), key=lambda arm: (len(arm), arm), default="")


def control_flag(values: dict[str, list[str]]) -> str:
    """The arm as a flag of the control says it, as an expression with the values control and treated; "" for none."""
    plain = {words.plain(name): name for name in reversed(values)}
    named = [
        plain[one] for one in shape_words.OF_CONTROL if one in plain and yes_or_no.is_flag(values[plain[one]])
    ]
    if not named:
        return ""
    name = named[0]
    return f"CASE WHEN \"{name}\" = '{yes_or_no.yes(values[name])}' THEN '{LEFT}' ELSE 'treated' END"


def add_to(found: dict[str, str], values: dict[str, list[str]]) -> None:
    """Add to the columns of campaigns the arm as a flag says it, which arm is the control, and who was reached."""
    if "arm" not in found and (arm := control_flag(values)):
        found["arm"] = arm
    arm = found.get("arm", "")
    left_alone = LEFT if arm not in values else control_of(values[arm])
    if arm and left_alone and "is_control" not in found:
        origin = sql_name(arm) if arm in values else arm
        found["is_control"] = f"{origin} = {sql_text(left_alone)}"
    reached = next((name for name in values if REACHED.search(name) and yes_or_no.is_flag(values[name])), "")
    day = found.get("assigned_at", "")
    if reached and day in values and reached not in found.values() and "exposed_at" not in found:
        yes = sql_text(yes_or_no.yes(values[reached]))
        found["exposed_at"] = f"CASE WHEN {sql_name(reached)} = {yes} THEN {sql_name(day)} END"
