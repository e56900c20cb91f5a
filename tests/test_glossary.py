"""The words of a page: each term opens its entry where it is first used, and nowhere twice."""

from helpers.site import page_links, render
from helpers.site.glossary import Glossary
from helpers.site.prose import Prose

WORDS = """## The words

- **Customer equity**: the margin ahead, **discounted**.
- **Tier**: by what customers are
  worth & could be worth.
"""


def test_entries_are_read_with_all_their_terms_and_lines():
    found = Glossary.of(WORDS)
    assert list(found.entries) == ["Customer equity", "discounted", "Tier"]
    assert "could be worth" in found.entries["Tier"]


def test_the_first_use_opens_the_entry_and_the_second_does_not():
    prose = Prose(glossary=Glossary.of(WORDS))
    first = prose("Our customer equity grew, and tiers moved.")
    assert first.count("<button") == 2
    assert 'popovertarget="term-customer-equity">customer equity</button> grew' in first
    assert "tiers</button> moved" in first
    assert "<button" not in prose("Customer equity again; tier again.")


def test_headings_links_and_parts_of_words_stay_as_they_are():
    prose = Prose(glossary=Glossary.of(WORDS))
    assert "<button" not in prose("## Customer equity")
    assert "<button" not in prose("[the tier](x.html) and `tier` and frontier")
    assert "<button" in prose("The tier.")


def test_a_term_inside_another_is_not_marked_twice():
    prose = Prose(glossary=Glossary.of("- **Value tier**: one.\n- **Tier**: two."))
    html = prose("A value tier is not a tier.")
    assert html.count("<button") == 2 and html.count("</button>") == 2
    assert ">value tier</button> is not a <button" in html


def test_the_name_of_a_page_in_a_sentence_leads_there_and_nothing_else_is_touched():
    pages = {"Customer value": "24_customer_value.html", "A & B": "02.html"}
    text = (
        '<h2>On “Customer value”</h2><p title="“Customer value”">See “Customer value”, “A &amp; B” or “Other”.</p>'
        '<a href="x.html">the page “Customer value”</a><summary>“Customer value” <b>or</b></summary>'
        "<svg><text>“Customer value”</text></svg><p>“Customer value”</p>"
    )
    led = page_links.linked(text, pages)
    link = '“<a href="24_customer_value.html">Customer value</a>”'
    assert led.count("<a ") == 4 and led.count(link) == 2 and led.endswith(f"<p>{link}</p>")
    assert f'See {link}, “<a href="02.html">A &amp; B</a>” or “Other”.' in led
    assert page_links.linked(led, {}) == led and '<p title="“Customer value”">' in led


def test_terms_that_every_page_may_use_are_there_unless_the_page_says_its_own():
    own = Glossary.of("- **Hold-out**: our own words.").with_common()
    assert own.entries["Hold-out"] == "**Hold-out**: our own words."
    html = Prose(glossary=own)("Potential loyalists in the hold-out of a geo test, drawn by lot.")
    assert html.count("<button") == 4 and 'popovertarget="term-potential-loyalists"' in html
    assert own.used["Potential loyalists"].endswith("a segment. Active, middling in purchases and money.")


def test_below_the_text_about_a_picture_that_stands_on_top_a_link_leads_there():
    def cell(kind, source, *tags):
        return {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}

    text, shown = cell("markdown", "About it.", "method"), cell("code", "page.add(a)")
    left = render._with_lifted_named(
        [text, cell("code", "page.add(b)", "on-top"), shown, cell("code", "page.add(c)", "on-top")]
    )
    assert left[0] == text and left[2] == shown and len(left) == 3  # no text speaks of the second picture
    assert left[1]["source"] == "[The picture stands at the top of this page.](#picture)"
    assert left[1]["metadata"]["tags"] == ["method"]  # it goes where its text goes
