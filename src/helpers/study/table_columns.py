"""The tables a study may bring: their columns, what each means, and how its values are read.

A column's type is one of
    id      text that names something; 17850.0 from a spreadsheet's number column is 17850
    text    any text
    number  a number; money is in `currency`, or in the study's currency
    time    a moment, ISO; without an offset it is local time in the study's timezone
    date    a local calendar day, ISO
    flag    true or false
"""

from dataclasses import dataclass

# What a table carries beside its columns once it is read (see helpers.tables.Source.read).
ROW, COPY, LEFT_OUT, UNKNOWN = "_row", "_copy", "_left_out", "_unknown"
GIVEN, WRITTEN = "{}__given", "{}__written"  # WRITTEN: an id as the file writes it, beside the normalised one
VERSION = "_version"  # the column of `keep_latest`
WHICH = "WHICH_COLUMN"  # in a drafted study, where nobody can tell which column of the file is meant


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, type, meaning, and whether every row must have it."""

    name: str
    type: str
    help: str
    required: bool = False


@dataclass(frozen=True)
class Contract:
    """One table: what a row is, its columns, the time that places it, whether it may bring more columns."""

    name: str
    row: str
    columns: tuple[Column, ...]
    happens_at: str | None = None
    attributes: bool = False

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns every row must have."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def dated_by(self) -> str | None:
        """The column by which rows after `as_of` are left out; a panel's periods may lie in any century."""
        return self.happens_at or ("period" if self.name == "panel" else None)

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


_DEFINITIONS = """
transactions | an order line, or a return | order_time |
  customer_id! id     who bought
  order_time!  time   when
  amount!      number total of the line after discounts; negative for a return or refund
  order_id     id     the order the line belongs to; a return may carry the order it takes back
  quantity     number pieces; negative for a return
  category     text   product group, or product
  channel      text   where it was bought: store, web, phone
  currency     text   three-letter code; the study's currency when absent
  list_price   number price of one piece before discounts; of the line where quantity is absent
  margin       number what is left of the line's amount after its direct cost, in money
  cost         number direct cost of the line, in money; used where margin is absent
  paid_at      time   when the line was paid; blank while it is not
customers | a customer | | attributes
  customer_id!     id     as in transactions
  kind             text   consumer or organization
  subkind          text   such as manufacturer, user, distributor, government, institution
  relation         text   external or internal
  parent_id        id     the customer this one is a department or branch of
  purpose          text   what the purchases are for
  acquired_at      time   when the customer was won
  channel          text   the channel that won the customer
  acquisition_cost number what winning the customer cost
  referred_by      id     the customer who sent this one
  category_spend   number what the customer spends a year in the category with all suppliers, estimated
contacts | a person or address behind a customer | | attributes
  contact_id!  id   the record's own number
  customer_id  id   the customer, where known
  name         text the person's or firm's name
  email        text e-mail address
  phone        text telephone number
  address      text postal address
  touchpoint   text where the record was taken: store, web, phone, e-mail
  department   text department inside the customer
  buying_role  text user, influencer, decider, buyer or gatekeeper
leads | a person or firm that showed interest | created_at | attributes
  lead_id!    id     the lead's own number
  created_at  time   when it came in
  channel     text   where it came from
  mql_at      time   when marketing qualified it
  sql_at      time   when sales qualified it
  won_at      time   when it became a customer
  lost_at     time   when it was given up
  won         flag   whether it became a customer, where no date says so
  customer_id id     the customer it became
  cost        number what it cost so far
subscriptions | a contract of a customer | started_at | attributes
  customer_id! id     as in transactions
  started_at!  time   first day
  ended_at     time   last day; blank while it runs
  known_from   time   day from which the contract is known; blank: from its start
  period       text   month, quarter or year
  fee          number price of one period
  plan         text   name of the plan
campaigns | a customer's place in a campaign | assigned_at | attributes
  campaign_id!   id     the campaign
  customer_id!   id     as in transactions
  arm!           text   the treatment the customer was assigned to
  assigned_at!   time   when
  is_control     flag   whether the arm is the control
  planned_share  number the share of customers the arm was meant to get, between 0 and 1
  exposed_at     time   when the customer saw it
  redeemed_at    time   when the customer used it
  contact_cost   number cost of reaching this customer
  incentive_cost number cost of what this customer redeemed
  window_days    number days after assigned_at in which the campaign ran
  assigned       text   how the campaign's arms were drawn: randomized, not_randomized, unknown
  stratum        text   the group within which the arms were drawn by lot
  cluster        id     customers who were drawn as one: a firm with its branches, a store
experiment_units | a unit of a test with its outcomes | | attributes
  unit_id! id   the unit
  arm!     text the treatment it was assigned to
  assigned text how the arms were drawn: randomized, not_randomized, unknown
  stratum  text the group within which the arms were drawn by lot
  cluster  id   units that were drawn as one: sends to one customer, customers of a store
panel | a unit in a period | | attributes
  unit!        text   the unit: a province, a shop
  period!      date   first day of the period
  outcome!     number what is measured
  treated_from date   first treated period of the unit; blank when never
  treated      flag   whether the unit is treated in this period, where no treated_from says since when
activities | something the company did for a customer | at | attributes
  customer_id! id     as in transactions
  at!          time   when
  kind!        text   service, retention or acquisition
  cost         number what it cost
  channel      text   through which channel
surveys | an answer to a survey | asked_at | attributes
  customer_id! id     as in transactions
  asked_at!    time   when
  score!       number from 0 to 10
  question     text   what was asked
tickets | a complaint or request | opened_at | attributes
  ticket_id!   id     the ticket's own number
  customer_id! id     as in transactions
  opened_at!   time   when it was opened
  closed_at    time   when it was closed; blank while open
  topic        text   what it is about
  severity     text   how grave it is
  cost         number what handling it cost
exchange_rates | a currency's rate from a day on | |
  date!     date   the day from which the rate holds, until the next one
  currency! text   three-letter code
  rate!     number units of the study's currency for one unit of this currency
calendar | a value of the company's own calendar | |
  date!  date   the day, or the first day
  until  date   the last day, as planned; blank: the day alone
  name!  text   what it is: price level, closed, mailing
  value! number how much of it: 1 where it is or is not
"""


def _parse(definitions: str) -> dict[str, Contract]:
    """The contracts written above: a table's line, then one indented line per column, `!` where required."""
    tables: dict[str, Contract] = {}
    for block in definitions.strip().replace("\n  ", "\n\t").split("\n"):
        if not block.startswith("\t"):
            name, row, happens_at, attributes = (part.strip() for part in block.split("|"))
            tables[name] = Contract(name, row, (), happens_at or None, bool(attributes))
            continue
        column, kind, text = block.split(maxsplit=2)
        table = tables[name]
        added = Column(column.rstrip("!"), kind, text, required=column.endswith("!"))
        tables[name] = Contract(name, table.row, (*table.columns, added), table.happens_at, table.attributes)
    return tables


TABLES: dict[str, Contract] = _parse(_DEFINITIONS)
