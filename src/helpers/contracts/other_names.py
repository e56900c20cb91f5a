"""Customers who have an id, and without it an e-mail address or a phone number: guests who buy again."""

import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, columns_line, one_row, share, sql_name
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, message, verbatim
from helpers.study.table_columns import ROW

SEVERAL = message(
    "other_names.several",
    "{several} of {all} different values of {column} stand under several customer ids, or with one and with none: {ids} too "
    "many.",
)
READ_IT = message(
    "other_names.read_it",
    "To take each for one customer, add to transactions: `{line}`. If the ids are right: `{keep}`.",
)

MAIL = re.compile(r"e.?mail|courriel|correo|อีเมล|メール|이메일|邮箱|電子郵件|почта|posta\b")
PHONE = re.compile(
    r"phone|mobile|\btel\b|handy|móvil|điện thoại|\bsđt\b|เบอร์|โทร|電話|전화|휴대|手机|手機|电话|телефон"
)
NO_PERSON = re.compile(
    r"shop|store|seller|vendor|staff|owner|agent|rep\b|support|assigned|opt|consent|status|campaign|subject|sent"
)
AT, DIGITS = r"^[^@\s]+@[^@\s]+$", r"^\+?[0-9][0-9 ()./-]{6,}[0-9]$"
LEAST, FEWEST = 0.03, 5  # share of the addresses, and their number
LEAST_OF_PHONES = 0.1  # which a household shares
MOST_IDS = 50  # an address with more is the shop's own, or stands for guests


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions with e-mail addresses or phone numbers beside the customer's id."""
    if checked.table != "transactions" or not checked.has("customer_id"):
        return []
    names = [
        name
        for name, n in checked.unused.items()
        if n >= FEWEST and _names_person(status_words.composed(name))
    ]
    return [one for name in names if (one := _of(checked, name))][:1]


def _names_person(title: str) -> bool:
    return bool(MAIL.search(title) or PHONE.search(title)) and not NO_PERSON.search(title)


def _of(checked: Checked, name: str) -> Finding | None:
    lines = checked.lines.select(ROW, "customer_id")
    ids = one_row(checked.customers, n=checked.customers.count())["n"]
    if (
        ids <= (1 + LEAST / 2) * checked.unused[name]
        and not one_row(lines, any=lines.customer_id.isnull().any())["any"]
    ):
        return None  # about as many as customers: too few can stand under several ids to look at every row
    texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
    both = lines.inner_join(texts, lines[ROW] == texts["_at"])
    is_mail = MAIL.search(status_words.composed(name)) is not None
    both = both.mutate(_mail=both[name].lower().strip())
    both = both.filter(both["_mail"].re_search(AT if is_mail else DIGITS))
    each = both.group_by("_mail").aggregate(
        rows=both.count(),
        ids=both.customer_id.nunique() + both.customer_id.isnull().any().cast("int64"),
    )
    each = each.mutate(hit=(each.ids > 1) & (each.ids <= MOST_IDS))
    seen = one_row(each, all=each.count(), several=each.hit.sum(), rows=(each.ids - 1).sum(where=each.hit))
    least = LEAST if is_mail else LEAST_OF_PHONES
    if (seen["several"] or 0) < max(FEWEST, least * (seen["all"] or 0)):
        return None
    told = SEVERAL(
        several=count(seen["several"]),
        all=count(seen["all"]),
        column=verbatim(name),
        ids=count(seen["rows"], "customer"),
    )
    line = columns_line("customer_id", f"lower({sql_name(name)})")
    todo, value = (
        READ_IT(line=verbatim(line), keep=keep("customers_split")),
        share(seen["several"], seen["all"]),
    )
    return checked.finding("customers_split", REVIEW, told, value, threshold=share(least, 1), todo=todo)
