"""The fictional coffee roaster in numbers: every parameter of the generative story stands here."""

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd

from helpers.study.year import YEAR_WINDOW


@dataclass(frozen=True)
class World:
    """Size, dates and rates of the story; money in VND, times in days since `begin` if not said otherwise."""

    customers: int = 8000
    seed: int = 1
    begin: date = date(2024, 1, 1)  # the first day of the data
    as_of: date = date(2026, 6, 30)  # the last day of the data
    end: date = date(2028, 6, 30)  # the future is simulated to the end of this day, for the truth only

    # Purchasing: rate ~ gamma per customer; who leaves does so at any time (exponential, gamma hazard, as in
    # Pareto/NBD) or after an order (with a beta probability, as in BG/NBD); then the twists.
    consumer_rate_shape: float = 0.80
    consumer_rate_per_month: float = 0.86
    consumer_hazard_shape: float = 1.5
    consumer_hazard_per_month: float = 0.012
    consumer_quits: tuple[float, float] = (1.0, 9.0)
    organization_rate_shape: float = 2.0
    organization_hazard_shape: float = 1.3
    organization_hazard_per_month: float = 0.004
    organization_quits: tuple[float, float] = (1.5, 60.0)
    spend_follows_rate: float = 0.06  # elasticity of basket size to purchase rate
    needs_shift: float = 0.05  # share of customers whose needs group changes once
    price_step: float = 1.04  # list prices rise once, on `price_step_on`
    price_step_on: date = date(2026, 1, 1)
    never_ordered: float = 0.04  # share of consumers who registered and never bought
    internal: float = 0.01  # share of customers inside the firm (staff, own cafes), at staff prices
    leads_per_customer: float = 0.42

    # Service: a ticket after some orders; a grave one makes many leave.
    ticket_after_order: float = 0.03
    grave_ticket: float = 0.25
    leaves_after_ticket: tuple[float, float] = (0.08, 0.45)  # ordinary, grave

    subscribers: float = 0.08  # share of customers with a subscription, billed apart from the tills
    survey_answers: float = 0.12  # share of recent buyers who answer a quarterly survey

    # Returns, refunds and unpaid invoices.
    return_with_order_id: float = 0.6
    goodwill_refund: float = 0.004  # per order: 30 % of a line given back without a return
    unpaid_invoice: float = 0.012  # per order of an organization

    # The coupon: randomized, part of its lift only pulled forward, some customers react badly.
    campaign_id: str = "coupon_2026_03"
    assigned_on: date = date(2026, 3, 2)
    window_days: int = 42
    recovery_days: int = 63
    arms: tuple[str, ...] = ("control", "coupon_10", "coupon_20")
    planned_share: tuple[float, ...] = (0.4, 0.3, 0.3)
    face_value: tuple[float, ...] = (0.0, 0.10, 0.20)  # of every order in the window
    face_value_cap: float = 400_000  # per order
    lift: tuple[float, ...] = (0.0, 0.72, 0.62)  # mean rise of the purchase rate among those who react well
    pulled_forward: tuple[float, ...] = (0.0, 0.30, 0.65)  # share of that rise missing in the recovery
    highest_rise: float = 2.2  # bound on any customer's rise
    annoyed: float = 0.10
    annoyed_rate: float = 0.65  # purchase rate in the window of those who react badly
    annoyed_hazard: float = 1.5  # and how much faster they leave from then on
    reached: float = 0.90
    contact_cost: float = 1_200
    eligible_days: int = YEAR_WINDOW  # only who ordered within so many days before

    # The loyalty programme lifts the rate of consumers in a province from its `treated_from`.
    loyalty_rate: float = 1.09

    @property
    def last_day(self) -> int:
        """The day number of `as_of`."""
        return self.day(self.as_of)

    @property
    def days(self) -> int:
        """The number of days simulated, the future included."""
        return self.day(self.end) + 1

    @property
    def ticket_exit(self) -> float:
        """The probability that an order's ticket makes the customer leave."""
        ordinary, grave = self.leaves_after_ticket
        return self.ticket_after_order * (self.grave_ticket * grave + (1 - self.grave_ticket) * ordinary)

    def rng(self, topic: str) -> np.random.Generator:
        """The random numbers of one topic, so that more of one topic changes nothing in the others."""
        return np.random.default_rng([self.seed, zlib.crc32(topic.encode())])

    def day(self, when: date | str) -> int:
        """The day number of a date."""
        return ((date.fromisoformat(when) if isinstance(when, str) else when) - self.begin).days

    def dates(self, days) -> pd.Series:
        """Local dates (midnight) of day numbers."""
        return pd.Series(pd.Timestamp(self.begin) + pd.to_timedelta(np.asarray(days), unit="D")).dt.as_unit(
            "us"
        )


@dataclass(frozen=True)
class Campaign:
    """A campaign beside the coupon: half of its members are treated by lot (not so the calendar); money in VND."""

    campaign_id: str
    arm: str
    assigned_on: date
    window_days: int
    contact_cost: float
    quiet_days: int = 0  # who has been quiet for longer (win-back), or ordered within (bonus)
    voucher: float = 0.0  # on the first order in the window
    rebate: float = 0.0  # share of every order in the window
    answers: float = 0.0  # share of those who can be won that are
    resent: float = 0.0  # share of the members who react badly
    changes: tuple[
        tuple[float, float], ...
    ] = ()  # window, recovery, after: mean rise, multiplier of who resents


WIN_BACK = Campaign(
    "winback_2025_06",
    "voucher_50k",
    date(2025, 6, 2),
    42,
    2_500,
    quiet_days=180,
    voucher=50_000,
    answers=0.12,
)
WELCOME = Campaign(
    "welcome_2025_10", "tasting_set", date(2025, 10, 6), 42, 25_000, voucher=30_000, answers=0.35
)
PARTNER_BONUS = Campaign(
    "partner_bonus_2025_09", "bonus_3_percent", date(2025, 9, 1), 56, 60_000,
    quiet_days=180, rebate=0.03, resent=0.10, changes=((0.45, 0.8), (-0.12, 0.8), (0.16, 0.85)),
)  # fmt: skip
CALENDAR = Campaign("calendar_2025_11", "wall_calendar", date(2025, 11, 17), 42, 40_000)


# category, product, price for consumers and for organizations (VND), cost, weight in the category for both
_MENU = """
phin_coffee    phin_250g          92000     0      41000   .55 0
phin_coffee    phin_500g         168000     0      76000   .45 0
phin_coffee    phin_2kg               0 410000    262000   0   1
espresso_beans espresso_250g     178000     0      79000   .60 0
espresso_beans espresso_1kg      590000     0     285000   .40 0
espresso_beans espresso_bar_1kg       0 455000    288000   0   1
filter_beans   filter_250g       215000     0      93000   .70 0
filter_beans   filter_rare_200g  345000     0     150000   .30 0
filter_beans   filter_bar_1kg         0 560000    352000   0   1
capsules       capsules_10       115000     0      55000   .50 0
capsules       capsules_30       315000     0     158000   .50 0
capsules       capsules_100           0 870000    560000   0   1
tea            tea_100g           88000     0      34000   .50 0
tea            tea_oolong_150g   165000     0      63000   .50 0
tea            tea_1kg                0 380000    221000   0   1
gift_sets      gift_small        290000 265000    148000   .65 .6
gift_sets      gift_large        590000 540000    305000   .35 .4
equipment      phin_filter        65000     0      38000   .45 0
equipment      dripper_kit       420000     0     262000   .38 0
equipment      grinder          1450000 1320000   985000   .14 .75
equipment      espresso_machine 5900000 5400000  4350000   .03 .25
supplies       syrup_700ml       135000 118000     74000   .60 .5
supplies       cups_100           82000  70000     46000   .40 .5
"""
MENU = pd.DataFrame(
    [line.split() for line in _MENU.strip().splitlines()],
    columns=["category", "product", "consumer", "organization", "cost", "w_consumer", "w_organization"],
).astype({name: float for name in ("consumer", "organization", "cost", "w_consumer", "w_organization")})
CATEGORIES = tuple(MENU["category"].unique())
RETURNED = {"equipment": 0.05, "gift_sets": 0.02}  # share of lines sent back; the others:
RETURNED_OTHERWISE = 0.012
RESTOCKED = "equipment"  # returned goods of this category are sold again, the others are lost

# needs group: its mean mix over CATEGORIES, and how often it buys compared with the average
NEEDS = {
    "phin": ((0.72, 0.02, 0.00, 0.01, 0.08, 0.04, 0.04, 0.09), 1.10),
    "espresso": ((0.02, 0.72, 0.06, 0.00, 0.01, 0.03, 0.06, 0.10), 1.20),
    "filter": ((0.01, 0.08, 0.72, 0.00, 0.05, 0.04, 0.08, 0.02), 1.00),
    "convenience": ((0.06, 0.01, 0.00, 0.74, 0.09, 0.04, 0.03, 0.03), 0.95),
    "tea_and_gifts": ((0.05, 0.01, 0.03, 0.01, 0.54, 0.31, 0.03, 0.02), 0.60),
}
CONSUMER_NEEDS = (0.32, 0.20, 0.14, 0.19, 0.15)
MIX_CONCENTRATION = 25.0

# industry: subkind, purpose, share, typical units per line, orders per month, weights over NEEDS
INDUSTRIES = {
    "cafe": ("user", "production", 0.44, 4.0, 2.0, (0.30, 0.60, 0.10, 0, 0)),
    "hotel": ("user", "operation", 0.13, 5.0, 1.7, (0.05, 0.45, 0.05, 0.25, 0.20)),
    "confectioner": ("manufacturer", "production", 0.06, 9.0, 1.0, (0.60, 0.30, 0, 0, 0.10)),
    "wholesaler": ("distributor", "production", 0.08, 10.0, 1.1, (0.45, 0.25, 0.05, 0.15, 0.10)),
    "office": ("institution", "operation", 0.16, 2.2, 1.3, (0.10, 0.10, 0.05, 0.60, 0.15)),
    "school": ("institution", "operation", 0.06, 2.2, 0.8, (0.30, 0, 0, 0.40, 0.30)),
    "administration": ("government", "operation", 0.07, 2.5, 0.8, (0.30, 0, 0, 0.30, 0.40)),
}

# province: share of customers, start of the loyalty programme there
REGIONS = {
    "Ho Chi Minh City": (0.22, "2025-03-01"),
    "Ha Noi": (0.18, "2025-05-01"),
    "Da Nang": (0.10, "2025-07-01"),
    "Hai Phong": (0.08, "2025-09-01"),
    "Can Tho": (0.08, "2025-11-01"),
    "Dong Nai": (0.06, "2026-01-01"),
    "Lam Dong": (0.06, None),
    "Hue": (0.05, None),
    "Khanh Hoa": (0.05, None),
    "Binh Duong": (0.05, None),
    "Nghe An": (0.04, None),
    "Quang Ninh": (0.03, None),
}
ABROAD = {"Bangkok": "THB", "Singapore": "USD"}  # regions that pay in their own currency
PRICE_LIST_RATE = {"VND": 1.0, "THB": 720.0, "USD": 25_400.0}  # at which the price list was translated
ABROAD_SHARE = {"consumer": (0.015, 0.008), "hotel": (0.15, 0.05), "wholesaler": (0.15, 0.10)}

# lead channel: share, cost per lead; per stage (lead, MQL, SQL) hazards per month to advance and be lost
LEAD_CHANNELS = {
    "paid_social": (0.40, 60_000, ((0.45, 0.70), (0.55, 0.45), (0.50, 0.40))),
    "search": (0.30, 110_000, ((0.70, 0.60), (0.70, 0.40), (0.65, 0.35))),
    "referral": (0.12, 45_000, ((1.10, 0.35), (1.00, 0.30), (0.90, 0.30))),
    "trade_fair": (0.18, 420_000, ((0.60, 0.50), (0.60, 0.30), (0.60, 0.35))),
}
# consumers' acquisition channel: share, mean cost
CONSUMER_CHANNELS = {
    "store": (0.46, 15_000),
    "paid_social": (0.24, 95_000),
    "search": (0.18, 70_000),
    "referral": (0.12, 40_000),
}

# plan: kind of customer, fee per month, share among the kind's subscribers
PLANS = {
    "discovery": ("consumer", 249_000, 0.6),
    "barista": ("consumer", 399_000, 0.4),
    "office": ("organization", 1_900_000, 1.0),
}
TICKET_TOPICS = {
    "late delivery": 0.34,
    "damaged goods": 0.18,
    "wrong item": 0.2,
    "taste": 0.16,
    "invoice": 0.12,
}

TET = ("2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26")
TET_CLOSED = (2, 8)  # days before and after it on which shops are closed
_MONTHLY = {
    "consumer": (1.02, 0.98, 0.97, 0.99, 1.00, 0.96, 0.92, 0.94, 0.98, 1.02, 1.05, 1.09),
    "organization": (1.02, 0.98, 1.00, 1.00, 1.01, 0.99, 0.96, 0.97, 1.00, 1.01, 1.02, 1.04),
}
_WEEKDAY = {
    "consumer": (0.92, 0.90, 0.92, 0.95, 1.06, 1.20, 1.05),
    "organization": (1.3, 1.25, 1.2, 1.15, 1.2, 0.7, 0.2),
}
_TET_PEAK = {"consumer": 1.55, "organization": 1.25}  # three weeks before; then shops close and people travel
_TET_TROUGH = {"consumer": 0.35, "organization": 0.25}  # while shops are closed


@cache
def season(world: World, kind: str) -> np.ndarray:
    """How much more than usual is bought on each simulated day; the mean of every half-year is 1."""
    days = pd.date_range(world.begin, world.end + timedelta(days=1), freq="D")[: world.days]
    level = np.array(_MONTHLY[kind])[days.month - 1] * np.array(_WEEKDAY[kind])[days.day_of_week]
    for feast in pd.to_datetime(TET):
        to_feast = (feast - days).days.to_numpy()
        before, after = TET_CLOSED
        level[(to_feast > before) & (to_feast <= before + 21)] *= _TET_PEAK[kind]
        level[(to_feast <= before) & (to_feast >= -after)] *= _TET_TROUGH[kind]
    halves = days.year * 2 + (days.month > 6)
    return level / pd.Series(level).groupby(halves).transform("mean").to_numpy()
